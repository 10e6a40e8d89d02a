/** Build the lazy parts first, named by their content, then the core that knows these names, then the loader. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { minify } from "terser";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = fileURLToPath(new URL("../../backend/waypost/static/sdk", import.meta.url));
const parts = ["corner", "banner", "modal", "survey", "menu", "talk", "history", "context", "debug"];
const terser = { ecma: 2020, compress: { passes: 3, unsafe_arrows: true }, format: { comments: false } };

const common = (entry, format, fileName, define) => ({
  root,
  configFile: false,
  logLevel: "warn",
  define,
  build: {
    outDir: out,
    emptyOutDir: false,
    target: "es2020",
    cssTarget: ["chrome111", "firefox113", "safari16.4"],
    minify: "oxc",
    lib: { entry, formats: [format], name: "waypostSnippet", fileName: () => fileName },
  },
});

/** A second minifier after the bundler's own is worth a hundred bytes. */
const squeeze = async (code, module) => (await minify(code, { ...terser, module, toplevel: true })).code;

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
/** One hash over all parts: they are written together and load together. */
const hash = createHash("sha256");
const codes = {};
for (const part of parts) {
  const made = await build({
    ...common("", "es"),
    build: {
      ...common("", "es").build,
      write: false,
      lib: undefined,
      modulePreload: false,
      rollupOptions: {
        input: `${root}/src/lazy/${part}.ts`,
        preserveEntrySignatures: "strict",
        output: { format: "es" },
      },
    },
  });
  codes[part] = await squeeze(made.output[0].code, true);
  hash.update(codes[part]);
}

const version = hash.digest("hex").slice(0, 8);
for (const part of parts) await writeFile(`${out}/${part}-${version}.js`, codes[part]);
const core = common(`${root}/src/index.ts`, "iife", "waypost.js", { __PARTS__: JSON.stringify(version) });
const [made] = await build({ ...core, build: { ...core.build, write: false } });
await writeFile(`${out}/waypost.js`, await squeeze(made.output[0].code, false));
const loader = await minify(await readFile(`${root}/src/loader.js`, "utf8"), terser);
await writeFile(`${out}/loader.js`, loader.code);
await writeFile(`${out}/loader.txt`, `<script>${loader.code}</script>\n`);
