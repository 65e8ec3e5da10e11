import { HeadraceError } from "../error.ts";
import type { TableSource } from "../planner/catalog/catalog.ts";
import { walkPlan } from "../planner/logical/map.ts";
import type { Fingerprints } from "./incremental/fingerprint.ts";
import type { IncrementalPlan, Task, Update } from "./incremental/plan.ts";
import type { Relation } from "./incremental/relation.ts";

/**
 * What becomes of a checkpoint of another query:
 *
 * - strict: it is refused.
 * - keep: the states of parts that have not changed are kept, and others made of them; where that is not possible it is refused.
 * - empty: what cannot be made of states that are kept begins without the rows so far.
 */
export type UpgradeMode = "strict" | "keep" | "empty";

/** How a query goes on with the states of another one. */
export type Upgrade = {
  /** Kept states whose rows are the changes of all epochs so far. */
  readonly seeds: readonly Update[];
  /** What follows from these. */
  readonly steps: ReadonlySet<Task>;
  /** The result as of the checkpoint is put out; otherwise what changes it from now on. */
  readonly putsOut: boolean;
};

/** What a checkpoint has of what a query needs. */
export type FoundQuery = {
  /** Names of states that are not there, and of those that are there and are not needed. */
  readonly missing: readonly string[];
  readonly unused: readonly string[];
  /** Whether it puts out the same. */
  readonly sameOutput: boolean;
  /** Of which the checkpoint knows how far they were read. */
  readonly sources: ReadonlySet<string>;
  /** Of these those whose watermark it does not know, and the query needs. */
  readonly withoutTime: readonly string[];
  /** Nothing that was put out is in the query's table but, perhaps, what the upgrade itself has put there. */
  readonly tableIsEmpty: boolean;
};

/** Undefined: it is the same query. Throws `unsupported` where it cannot go on with the checkpoint, saying why and what would help. */
export function planUpgrade(
  plan: IncrementalPlan,
  fingerprints: Fingerprints,
  found: FoundQuery,
  mode: UpgradeMode,
): Upgrade | undefined {
  if (found.missing.length === 0 && found.sameOutput) return undefined;
  const made = upgradeOf(plan, fingerprints, found, mode === "empty");
  if (mode !== "strict" && !("problem" in made)) return made;
  const what = `the checkpoint is of another query: ${differenceOf(fingerprints, found)}`;
  if ("problem" in made) throw new HeadraceError("unsupported", `${what}; ${made.problem}`, { hint: made.hint });
  throw new HeadraceError("unsupported", what, {
    hint: "the checkpoint option upgrade: \"keep\" (SET checkpoint_upgrade = 'keep') goes on with the states that are unchanged",
  });
}

type Problem = { readonly problem: string; readonly hint: string };

function upgradeOf(
  plan: IncrementalPlan,
  { states }: Fingerprints,
  found: FoundQuery,
  mayBeginEmpty: boolean,
): Upgrade | Problem {
  const missing = new Set(found.missing);
  const updates = new Map(states.map(({ name, update }) => [update.delta, { update, isKept: !missing.has(name) }]));
  const tasks = new Map<Relation, Task>([...plan.constants, ...plan.tasks].map((task) => [task.into, task]));
  const relations = new Map<TableSource, Relation>([...tasks.keys()].map((relation) => [relation.source, relation]));
  for (const { delta } of plan.inputs) relations.set(delta.source, delta);
  for (const { state, delta } of plan.updates) relations.set(state.source, delta);

  const putsOut = !found.sameOutput && plan.retracts.length > 0;
  if (putsOut && !found.tableIsEmpty)
    return { problem: "what that one has put out cannot be taken back", hint: OTHER_TABLE };
  const seeds = new Set<Update>();
  const steps = new Set<Task>();
  const problems: string[] = [];
  const visited = new Set<Relation>();
  const visit = (delta: Relation, for_: string): void => {
    if (visited.has(delta)) return;
    visited.add(delta);
    const kept = updates.get(delta);
    if (kept?.isKept === true) {
      seeds.add(kept.update);
      if (!kept.update.complete && !mayBeginEmpty)
        problems.push(`${for_} needs rows that the state "${kept.update.state.name}" has forgotten`);
      return;
    }
    const input = plan.inputs.find((one) => one.delta === delta);
    if (input !== undefined) {
      const { name, stream } = input.source;
      if (!found.sources.has(name)) return;
      if (!mayBeginEmpty) problems.push(`${for_} needs the rows that "${name}" has given so far`);
      else if (stream?.insertOnly !== true)
        problems.push(`${for_} cannot begin without the rows of "${name}", which may be taken back`);
      return;
    }
    const task = tasks.get(delta)!;
    steps.add(task);
    walkPlan(task.plan, (node) => {
      if (node.kind === "MapBatches" && node.function.spec.takes === "keys" && !mayBeginEmpty)
        problems.push(`${for_} depends on where epochs were cut`);
      const read = node.kind === "Scan" ? relations.get(node.source) : undefined;
      if (read !== undefined) visit(read, for_);
    });
  };
  for (const { update, isKept } of updates.values())
    if (!isKept) visit(update.delta, `the state "${update.state.name}"`);
  if (putsOut) visit(plan.output, "the result");
  if (!mayBeginEmpty)
    for (const name of found.withoutTime) problems.push(`it does not know the watermark of "${name}"`);
  const [problem] = problems;
  if (problem === undefined) return { seeds: [...seeds], steps, putsOut };
  return { problem, hint: mayBeginEmpty ? ANEW : `${ANEW}; or upgrade: "empty", which begins without them` };
}

const ANEW = "an empty directory of checkpoints and another table, or an empty one, begin with the sources' first rows";
const OTHER_TABLE =
  "begin from a savepoint of that job, under another name, with another table: the result as of the savepoint goes there first";

function differenceOf({ states }: Fingerprints, { missing, unused }: FoundQuery): string {
  const kept = states.flatMap(({ name }) => (missing.includes(name) ? [] : [name]));
  const parts = [
    ["unchanged", kept],
    ["new", missing],
    ["not needed any more", unused],
  ] as const;
  const listed = parts.flatMap(([what, names]) =>
    names.length === 0 ? [] : [`${what} ${names.map(quoted).join(", ")}`],
  );
  return listed.length === 0 || (missing.length === 0 && unused.length === 0)
    ? "its states are the same, and what it puts out is not"
    : `of its states are ${listed.join("; ")}`;
}

/** Without the number that makes it unique. */
const quoted = (name: string): string => `"${name.replace(/^\d+ /, "")}"`;
