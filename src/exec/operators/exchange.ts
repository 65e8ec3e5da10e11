import type { Produce } from "../codegen/env.ts";

/**
 * In shared memory an exchange moves nothing: what it stands for is done by the operator above (the hash table that all
 * workers share, the merge of partitions, the merge of sorted runs) or by the steps' barrier.
 */
export const produceExchange: Produce<"Exchange"> = (env, plan, consumer) => env.produce(plan.input, consumer);
