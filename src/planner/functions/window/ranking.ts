/** Window functions of the row's place in its partition; frames do not matter to them. */
import { BIGINT, DOUBLE, type SqlType } from "../../types/types.ts";
import type { WindowFunction } from "../function.ts";

const define = (name: string, aliases: readonly string[], returns: SqlType, doc: string): WindowFunction => ({
  kind: "window",
  name,
  aliases,
  category: "window",
  doc,
  examples: [],
  parameters: [],
  ofValues: false,
  nullable: false,
  resolve: (types) => (types.length === 0 ? { args: [], returns } : undefined),
});

const ntile: WindowFunction = {
  kind: "window",
  name: "ntile",
  category: "window",
  doc: "The number of the row's bucket when the partition is cut into so many buckets of nearly equal size, from 1.",
  examples: [],
  parameters: [{ name: "num_buckets" }],
  ofValues: false,
  nullable: true,
  resolve: (types) => (types.length === 1 ? { args: [BIGINT], returns: BIGINT } : undefined),
};

export const RANKING_FUNCTIONS: readonly WindowFunction[] = [
  define("row_number", [], BIGINT, "The number of the row within its partition, from 1."),
  define("rank", [], BIGINT, "The number of the row's first peer within the partition, from 1, with gaps."),
  define("dense_rank", ["rank_dense"], BIGINT, "The number of the row's group of peers, from 1, without gaps."),
  define("percent_rank", [], DOUBLE, "(rank - 1) / (rows of the partition - 1), 0 for a single row."),
  define("cume_dist", [], DOUBLE, "The share of the partition's rows that come before the row or are its peers."),
  ntile,
];
