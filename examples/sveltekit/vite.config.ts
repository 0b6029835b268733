import adapter from "@sveltejs/adapter-node";
import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter(),
      // Behind adapter-node, SvelteKit takes what it does not know for HTTPS, and refuses forms from anywhere else.
      paths: { origin: process.env["ORIGIN"] ?? "http://127.0.0.1:3000" },
    }),
  ],
});
