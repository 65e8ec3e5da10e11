/**
 * Joins compiled modules into few files: node scripts/bundle.mjs FROM TO
 *
 * Node.js takes half a millisecond to load a module, and a query needs hundreds of them. Entry points keep their places,
 * those of worker threads too; what several need goes into files that they share; dependencies stay packages, but for
 * Chevrotain: what its package exports is not bundled and takes 160 ms to load.
 *
 * The shell is a CommonJS module of its own, so that V8's compiled code of it can be kept: see `cached-program.mjs`.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { build } from "esbuild";
import { root } from "./sources.mjs";

const ENTRY_POINTS = ["src/index.js", "src/cli/main.js", "src/exec/worker/worker.js", "tpch/gen/worker.js"];
const PROGRAM = "src/cli/program.js";

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

const options = {
  outbase: from,
  outdir: to,
  bundle: true,
  write: false,
  platform: "node",
  target: "node20",
  packages: "external",
  alias: { chevrotain: join(root, "node_modules/chevrotain/lib/chevrotain.min.mjs") },
  minifyWhitespace: true,
  lineLimit: 160, // Node.js prints the line of an uncaught error
  minifySyntax: true,
  minifyIdentifiers: true,
  sourcemap: "linked",
  sourcesContent: false,
  plugins: [markPlaces],
};

const script = await build({
  ...options,
  entryPoints: [join(from, PROGRAM)],
  entryNames: "[dir]/[name]-[hash]",
  outExtension: { ".js": ".cjs" },
  format: "cjs",
});
write(script, 'require("node:url").pathToFileURL(__filename).href', throughImport);

/** Code that V8 kept cannot import: the module takes a function of the name `Import` for that, where it is given one. */
function throughImport(text) {
  const strict = '"use strict";';
  if (!text.startsWith(strict)) throw new Error("the shell's module is not strict");
  const rest = text.slice(strict.length).replaceAll(/\bimport\(/g, "Import(");
  return `${strict}var Import=Import||((name)=>import(name));${rest}`;
}

const scriptFile = basename(script.outputFiles.find(({ path }) => path.endsWith(".cjs")).path);
const programFromScript = {
  name: "program-from-script",
  setup: ({ onLoad }) => {
    const contents = `
      import { cachedProgram } from ${JSON.stringify(join(root, "scripts/cached-program.mjs"))};
      export const { program } = cachedProgram(new URL(${JSON.stringify(`./${scriptFile}`)}, import.meta.url));`;
    onLoad({ filter: /\/program\.js$/ }, ({ path }) =>
      posix(relative(from, path)) === PROGRAM ? { contents } : undefined,
    );
  },
};

const modules = await build({
  ...options,
  entryPoints: ENTRY_POINTS.map((file) => join(from, file)),
  chunkNames: "chunks/[name]-[hash]",
  splitting: true,
  format: "esm",
  plugins: [programFromScript, markPlaces],
});
write(modules, "import.meta.url");
cpSync(join(root, "node_modules/chevrotain/LICENSE.txt"), join(to, "chevrotain.LICENSE.txt"));

/**
 * @param own how code says where its file is
 * @param change what else becomes of the code
 */
function write({ outputFiles }, own, change = (code) => code) {
  for (const { path, text } of outputFiles) {
    const folder = dirname(path);
    const placed = text.replaceAll(/__placeOf\(\s*(\d+)\s*\)/g, (_, number) => {
      const address = posix(relative(folder, join(to, places[Number(number)])));
      return address === path.slice(folder.length + 1) ? own : `new URL(${JSON.stringify(address)},${own}).href`;
    });
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, path.endsWith("js") ? change(placed) : placed);
  }
}
