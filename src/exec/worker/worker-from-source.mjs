// Boots the worker when the engine runs from its TypeScript sources (tests, development): Node 20 cannot load them itself.
import { register } from "tsx/esm/api";

register();
await import("./worker.ts");
