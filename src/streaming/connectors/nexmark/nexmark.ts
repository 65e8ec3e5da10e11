import type { Connector } from "../connector.ts";
import { NexmarkSource } from "./nexmark-source.ts";
import { NEXMARK_OPTIONS, nexmarkOptions } from "./options.ts";

/** The generator of the Nexmark benchmark: one of its three tables. */
export const nexmark: Connector = {
  name: "nexmark",
  options: NEXMARK_OPTIONS,
  check: (table) => void nexmarkOptions(table),
  source: async (table, { memory, layout }) => new NexmarkSource(nexmarkOptions(table), memory, layout),
};
