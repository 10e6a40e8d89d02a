/** Build the lazy parts first, named by their content, then the core that knows these names, then the loader. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { minify } from "terser";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = fileURLToPath(new URL("../../backend/waypost/static/sdk", import.meta.url));
const parts = ["corner", "banner", "modal", "menu", "debug"];
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
    minify: "terser",
    terserOptions: { ...terser, module: format === "es" },
    lib: { entry, formats: [format], name: "waypostSnippet", fileName: () => fileName },
  },
});

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const chunks = {};
for (const part of parts) {
  const made = await build({
    ...common(`${root}/src/lazy/${part}.ts`, "es", "[name]-[hash].js"),
    build: {
      ...common("", "es").build,
      lib: undefined,
      modulePreload: false,
      rollupOptions: {
        input: { [part]: `${root}/src/lazy/${part}.ts` },
        preserveEntrySignatures: "strict",
        output: { format: "es", entryFileNames: "[name]-[hash].js" },
      },
    },
  });
  chunks[part] = made.output[0].fileName;
}
await build(common(`${root}/src/index.ts`, "iife", "waypost.js", { __CHUNKS__: JSON.stringify(chunks) }));
const loader = await minify(await readFile(`${root}/src/loader.js`, "utf8"), terser);
await writeFile(`${out}/loader.js`, loader.code);
await writeFile(`${out}/loader.txt`, `<script>${loader.code}</script>\n`);
