import { createHash } from "node:crypto";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { Column } from "../../planner/expr/expr.ts";
import type { Scan } from "../../planner/logical/plan.ts";
import { typeName } from "../../planner/types/types.ts";
import type { IncrementalPlan, Query, Update } from "./plan.ts";
import type { Relation } from "./relation.ts";

/** What a query's states and its result are known by over restarts. */
export type Fingerprints = {
  /** Names are unique in the query; states with equal fingerprints hold the same rows when the same epochs have gone by. */
  readonly states: readonly { readonly name: string; readonly fingerprint: string; readonly update: Update }[];
  /** Of what the query puts out. */
  readonly output: string;
  /** Whether the session's time zone may matter. */
  readonly zoned: boolean;
};

/**
 * A state's fingerprint follows from the subplan whose changes it adds up, down to the inputs, and from what it may forget. Ids of
 * columns, names that mean nothing, and the rest of the query do not matter; a user's function matters by its code, as far as there is
 * any (one that closes over state is known by its name alone).
 */
export function fingerprintsOf(plan: IncrementalPlan): Fingerprints {
  const writer = new Writer(plan);
  const states = plan.updates.map((update, i) => {
    return { name: `${i + 1} ${update.state.name}`, fingerprint: writer.state(update), update };
  });
  return { states, output: writer.delta(plan.output), zoned: writer.zoned };
}

/** Labels of columns and of other things with ids, in the order in which a plan comes to them. */
type Labels = Map<number, string>;

class Writer {
  zoned = false;
  private readonly plan: IncrementalPlan;
  private readonly relations = new Map<TableSource, Relation>();
  private readonly queries = new Map<Relation, Query>();
  private readonly updates: ReadonlyMap<Relation, Update>;
  private readonly known = new Map<Relation, string>();
  /** Deltas whose queries are being written: a result that is compared with what it was reads its own state. */
  private readonly open: Relation[] = [];

  constructor(plan: IncrementalPlan) {
    this.plan = plan;
    for (const { delta } of plan.inputs) this.relations.set(delta.source, delta);
    for (const { into } of plan.clocks) this.relations.set(into.source, into);
    for (const { state } of plan.updates) this.relations.set(state.source, state);
    for (const query of [...plan.constants, ...plan.tasks]) {
      this.relations.set(query.into.source, query.into);
      this.queries.set(query.into, query);
    }
    this.updates = new Map(plan.updates.map((update) => [update.state, update]));
  }

  state({ state, delta, compaction }: Update): string {
    const types = state.source.schema.map(({ type }) => typeName(type));
    this.open.push(delta);
    const forgets = compaction === undefined ? null : this.query(compaction.whole);
    this.open.pop();
    return hashed(["state", types, this.delta(delta), forgets]);
  }

  delta(relation: Relation): string {
    const known = this.known.get(relation);
    if (known !== undefined) return known;
    this.open.push(relation);
    const found = hashed(this.definition(relation));
    this.open.pop();
    this.known.set(relation, found);
    return found;
  }

  private definition(relation: Relation): unknown {
    const query = this.queries.get(relation);
    if (query === undefined) {
      const { source } = this.plan.inputs.find(({ delta }) => delta === relation)!;
      return ["input", source.name, source.stream?.insertOnly];
    }
    // The order in which changes are put out makes no other ones of them.
    const isSorted = relation === this.plan.output && query.plan.kind === "Sort";
    return this.query(isSorted && query.plan.kind === "Sort" ? { ...query, plan: query.plan.input } : query);
  }

  private query({ plan, columns }: Query): unknown {
    const labels: Labels = new Map();
    return [this.node(plan, labels), columns.map((column) => this.column(column, labels))];
  }

  /** Any part of a plan as JSON. */
  private node(value: unknown, labels: Labels): unknown {
    switch (typeof value) {
      case "bigint":
        return `${value}n`;
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0) ? value : `${1 / value} ${value}`;
      case "undefined":
      case "function":
        return null;
      case "object":
        break;
      default:
        return value;
    }
    if (value === null) return null;
    if (Array.isArray(value)) return value.map((part) => this.node(part, labels));
    if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
    if (isScan(value)) return this.scan(value, labels);
    if (isColumn(value)) return this.column(value, labels);
    const node = value as Readonly<Record<string, unknown>>;
    if (node["kind"] === "TimestampTz") this.zoned = true;
    // A function that closes over state has a number of this process.
    if (node["kind"] === "local") return "local";
    const isNamed = node["kind"] !== "CteScan" && node["kind"] !== "Recursion" && !("plan" in node);
    const keys = Object.keys(node).filter((key) => key !== "span" && (isNamed || key !== "name"));
    // Columns are made below where they are read.
    keys.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    return keys.map((key) => [key, this.part(key, node[key], labels)]);
  }

  private part(key: string, value: unknown, labels: Labels): unknown {
    if ((key === "id" || key === "unionId") && typeof value === "number") return labelled(labels, value);
    // Of functions of the session only what users have written; those of the library are known by their names.
    if (key === "definition") return this.node((value as { readonly javaScript?: unknown }).javaScript, labels);
    return this.node(value, labels);
  }

  private column({ id, type }: Column, labels: Labels): unknown {
    return [labelled(labels, id), this.node(type, labels)];
  }

  /** Columns are known by their names or places in what is read, so that others which are read as well do not matter. */
  private scan({ source, columns, filters }: Scan, labels: Labels): unknown {
    const relation = this.relations.get(source);
    const input = this.plan.inputs.find(({ delta }) => delta === relation);
    const number = labels.size;
    for (const { column, ordinal } of columns) {
      const read = input === undefined ? undefined : input.source.schema[input.ordinals[ordinal]!];
      const name = input === undefined ? source.schema[ordinal]!.name : (read?.name ?? "weight");
      labels.set(column.id, `${number}.${relation === undefined || input !== undefined ? name : ordinal}`);
    }
    const types = columns.map(({ column }) => this.column(column, labels)).map((column) => JSON.stringify(column));
    return ["Scan", this.source(source, relation, labels), types.sort(), this.node(filters, labels)];
  }

  private source(source: TableSource, relation: Relation | undefined, labels: Labels): unknown {
    const { kind, name, handle } = source;
    if (relation === undefined) return [kind, name, kind === "function" ? this.node(handle, labels) : null];
    switch (relation.kind) {
      case "delta":
      case "constant":
        return [relation.kind, this.delta(relation)];
      case "state": {
        const { delta } = this.updates.get(relation)!;
        const depth = this.open.lastIndexOf(delta);
        return ["state", depth < 0 ? this.delta(delta) : this.open.length - depth];
      }
      case "clock": {
        const { bound, type } = this.plan.clocks.find(({ into }) => into === relation)!;
        const terms = bound.map(({ clock, offset, late }) => [
          typeof clock === "string" ? clock : clock.name,
          String(offset),
          late,
        ]);
        return ["clock", typeName(type), terms];
      }
    }
  }
}

const BELOW: readonly string[] = ["ctes", "plan", "base", "step", "inputs", "input", "left", "right"];

const rank = (key: string): number => (BELOW.includes(key) ? BELOW.indexOf(key) : BELOW.length);

function labelled(labels: Labels, id: number): string {
  const known = labels.get(id);
  if (known !== undefined) return known;
  const label = `#${labels.size}`;
  labels.set(id, label);
  return label;
}

function isScan(value: object): value is Scan {
  return "kind" in value && value.kind === "Scan" && "source" in value;
}

function isColumn(value: object): value is Column {
  return "id" in value && "type" in value && "nullable" in value;
}

function hashed(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32);
}
