#!/usr/bin/env node
import { program } from "./program.ts";

// Not process.exitCode: idle workers need no farewell.
process.exit(await program(process.argv.slice(2)));
