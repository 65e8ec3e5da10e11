import { join } from "node:path";
import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

/** Unit tests import from src; scripts and integration tests import the built package, `headrace`, so that workers are the real ones. */
const config: ViteUserConfig = defineConfig({
  // As in dist: the package's main entry takes 160 ms to load.
  resolve: { alias: { chevrotain: join(import.meta.dirname, "node_modules/chevrotain/lib/chevrotain.min.mjs") } },
  test: {
    include: ["test/**/*.test.ts"],
    // Generous, for busy machines. Each of many seeds runs every script.
    testTimeout: process.env["HEADRACE_TEST_SEEDS"] === undefined ? 120_000 : 600_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    server: { deps: { external: [/\/dist\//] } },
  },
});

export default config;
