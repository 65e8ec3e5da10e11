import { defineConfig } from "vitest/config";

/** Unit tests import from src; scripts and integration tests import the built package, `headrace`, so that workers are the real ones. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    server: { deps: { external: [/\/dist\//] } },
  },
});
