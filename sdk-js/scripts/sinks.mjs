/** No text may ever become code or markup: not in the source, not in what is built. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SINKS = [
  /\b(inner|outer)HTML\b/,
  /\binsertAdjacentHTML\b/,
  /\bdocument\.write/,
  /\bsetHTMLUnsafe\b|\bcreateContextualFragment\b|\bDOMParser\b|\bsrcdoc\b/,
  /\beval\s*\(/,
  /\bnew\s+Function\b|[^.\w]Function\s*\(/,
  /\bset(Timeout|Interval)\s*\(\s*["'`]/,
];
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const files = [at("../src/"), at("../../backend/waypost/static/sdk/")].flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`),
);
let found = 0;
for (const file of files) {
  const text = readFileSync(file, "utf8");
  for (const sink of SINKS) {
    if (!sink.test(text)) continue;
    found++;
    console.error(`forbidden sink ${sink} in ${file}`);
  }
}
console.log(`${files.length} files, ${found} forbidden sinks`);
process.exit(found ? 1 : 0);
