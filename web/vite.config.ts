import { defineConfig } from "vite";

// Development: the page comes from here, the API from a running gateway.
const api = process.env.LECTR_ADMIN_URL ?? "http://127.0.0.1:8081";

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the content policy forbids data: addresses
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": api, "/health": api, "/ready": api } },
});
