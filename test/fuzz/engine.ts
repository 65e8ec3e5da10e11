/** The built package, or what HEADRACE_FUZZ_ENGINE names: the sources while they are being worked on. */
export const engineUrl: URL = new URL(
  process.env["HEADRACE_FUZZ_ENGINE"] ?? "../../dist/src/index.js",
  import.meta.url,
);
