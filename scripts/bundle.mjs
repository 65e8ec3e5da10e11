/**
 * Joins compiled modules into few files: node scripts/bundle.mjs FROM TO
 *
 * Node.js takes half a millisecond to load a module, and a query needs hundreds of them. Entry points keep their places,
 * those of worker threads too; what several need goes into files that they share; dependencies stay packages.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { build } from "esbuild";

const ENTRY_POINTS = ["src/index.js", "src/cli/main.js", "src/exec/worker/worker.js", "tpch/gen/worker.js"];

const [from, to] = process.argv.slice(2);
const posix = (path) => path.replaceAll(sep, "/");

/** Modules that find files by their own place: `import.meta.url` is marked with a number until we know which file it went to. */
const places = [];
const markPlaces = {
  name: "mark-places",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const place = posix(relative(from, path));
      if (place.startsWith("..")) return undefined;
      const text = readFileSync(path, "utf8");
      if (!text.includes("import.meta.url")) return { contents: text };
      return { contents: text.replaceAll(/\bimport\.meta\.url\b/g, `__placeOf(${places.push(place) - 1})`) };
    });
  },
};

const { outputFiles } = await build({
  entryPoints: ENTRY_POINTS.map((file) => join(from, file)),
  outbase: from,
  outdir: to,
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  write: false,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  minifyWhitespace: true,
  lineLimit: 160, // Node.js prints the line of an uncaught error
  minifySyntax: true,
  minifyIdentifiers: true,
  sourcemap: "linked",
  sourcesContent: false,
  plugins: [markPlaces],
});

for (const { path, text } of outputFiles) {
  const folder = dirname(path);
  const placed = text.replaceAll(/__placeOf\(\s*(\d+)\s*\)/g, (_, number) => {
    const address = posix(relative(folder, join(to, places[Number(number)])));
    return address === path.slice(folder.length + 1)
      ? "import.meta.url"
      : `new URL(${JSON.stringify(address)},import.meta.url).href`;
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, placed);
}
