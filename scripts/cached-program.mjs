import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";

/**
 * What the CommonJS module at `url` exports: `program`. It is loaded with the code that V8 made of it in an earlier run, because
 * compiling it takes as long as all the rest of a short command. That code is kept beside the module after a first run that
 * succeeds, if we may write there. V8 refuses what another V8 has made; another module has another name, a hash of its text.
 *
 * ES modules cannot be loaded so before Node.js 22.
 */
export function cachedProgram(url) {
  const require = createRequire(url);
  const file = fileURLToPath(url);
  if (process.sourceMapsEnabled) return require(file); // which scripts do not heed

  const codeFile = file.replace(/\.cjs$/, `.${process.version}-${process.arch}.code`);
  const cachedData = contentOf(codeFile);
  const wrapper = `(function (module, exports, require, __filename, Import) { ${readFileSync(file, "latin1")}\n})`;
  const script = new Script(wrapper, { filename: file, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, require, file, (name) => import(name));
  const program = async (argv) => {
    const code = await module.exports.program(argv);
    if (code === 0 && cachedData === undefined) keep(codeFile, script.createCachedData());
    return code;
  };
  return { program };
}

function contentOf(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Other processes may be reading and writing it. */
function keep(file, content) {
  const written = `${file}.${process.pid}`;
  try {
    writeFileSync(written, content);
    renameSync(written, file);
  } catch {
    // The installation is not ours to write.
  }
}
