/** `npm run docs:functions`: writes what is generated from the definitions of SQL functions. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { functionsModule, functionsPage } from "./function-pages.ts";

const root = join(import.meta.dirname, "..");
writeFileSync(join(root, "docs/functions.md"), functionsPage());
writeFileSync(join(root, "src/dataframe/expression/generated-functions.ts"), functionsModule());
