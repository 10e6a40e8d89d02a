/** The budgets: gzip -9 of each built file, in bytes. One over its limit fails. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const out = fileURLToPath(new URL("../../backend/waypost/static/sdk/", import.meta.url));
const LIMITS = {
  loader: 500,
  waypost: 8_192,
  corner: 600,
  banner: 1_100,
  modal: 1_600,
  survey: 1_600,
  menu: 900,
  talk: 500,
  history: 300,
  context: 600,
  debug: 2_500,
};
const ALL_LIMIT = 22_200;

let all = 0;
let failed = false;
for (const file of readdirSync(out).filter((name) => name.endsWith(".js"))) {
  const bytes = gzipSync(readFileSync(out + file), { level: 9 }).length;
  const name = file.replace(/[-.].*$/, "");
  const over = !(bytes <= LIMITS[name]);
  if (name !== "debug") all += bytes;
  failed ||= over;
  console.log(`${over ? "OVER" : "ok  "} ${String(bytes).padStart(6)} of ${LIMITS[name]} B  ${file}`);
}
failed ||= all > ALL_LIMIT;
console.log(
  `${all > ALL_LIMIT ? "OVER" : "ok  "} ${String(all).padStart(6)} of ${ALL_LIMIT} B  all but the debug panel`,
);
process.exit(failed ? 1 : 0);
