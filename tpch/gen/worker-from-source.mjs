/** Starts the worker from TypeScript source: the loader that strips types has to be registered on each thread. */
import { register } from "tsx/esm/api";

register();
await import("./worker.ts");
