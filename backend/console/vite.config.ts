import { defineConfig } from "vite";

// `npm run dev` talks to a Waypost on port 8000.
export default defineConfig({
  base: "/console/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  build: { outDir: "../waypost/static/console", emptyOutDir: true, target: "es2022", modulePreload: false },
});
