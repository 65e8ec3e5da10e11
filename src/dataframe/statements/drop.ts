import { HeadraceError } from "../../error.ts";
import type { Drop, DropTarget, ObjectName } from "../../sql/ast.ts";
import type { Entry, EntryKind } from "../catalog.ts";
import type { RunContext, StatementResult } from "../context.ts";

const KINDS: { readonly [T in DropTarget]?: EntryKind } = {
  table: "table",
  view: "view",
  sequence: "sequence",
  macro: "macro",
  "macro table": "table macro",
  type: "type",
  index: "index",
};

/** All or none: names are looked up before anything is dropped. */
export async function drop(ctx: RunContext, node: Drop): Promise<StatementResult> {
  if (node.temporary && (node.target === "schema" || node.target === "materialized view")) {
    throw new HeadraceError("bind", `a ${node.target} is never temporary`, { span: node.span });
  }
  if (node.target === "schema") return dropSchemas(ctx, node);
  if (node.target === "materialized view") return dropMaterialized(ctx, node);
  const kind = KINDS[node.target];
  if (kind === undefined)
    throw new HeadraceError("unsupported", `DROP ${node.target.toUpperCase()} is not supported yet`, {
      span: node.span,
    });
  const entries = node.names.flatMap((name) => find(ctx, kind, node, name) ?? []);
  for (const entry of entries) {
    if (entry.kind === "table") for (const index of indexesOf(ctx, entry)) ctx.catalog.delete(index);
    if (ctx.catalog.get(entry.kind, entry.name) === entry) ctx.catalog.delete(entry);
  }
  return { kind: "ok" };
}

async function dropMaterialized(ctx: RunContext, node: Drop): Promise<StatementResult> {
  const { materialized } = ctx.catalog;
  const views = node.names.flatMap((name) => {
    const view = materialized.get(name.parts.at(-1)!.name.toLowerCase());
    if (view !== undefined || node.ifExists) return view ?? [];
    const written = name.parts.map((part) => part.name).join(".");
    throw new HeadraceError("bind", `there is no materialized view "${written}"`, { span: name.span });
  });
  for (const view of views) await view.stop();
  return { kind: "ok" };
}

function find(ctx: RunContext, kind: EntryKind, node: Drop, name: ObjectName): Entry | undefined {
  const written = name.parts.map((part) => part.name);
  let entry = ctx.catalog.find(kind, written);
  // DROP MACRO takes table macros as well.
  if (entry === undefined && kind === "macro") entry = ctx.catalog.find("table macro", written);
  if (node.temporary && entry?.name.schema !== "temp") entry = undefined;
  if (entry === undefined) {
    if (node.ifExists) return undefined;
    throw new HeadraceError("bind", `there is no ${node.temporary ? "temporary " : ""}${kind} "${written.join(".")}"`, {
      span: name.span,
    });
  }
  if (entry.kind === kind || kind === "macro" || (kind === "table" && entry.kind === "connector")) return entry;
  throw new HeadraceError("bind", `"${written.join(".")}" is a ${entry.kind}, not a ${kind}`, { span: name.span });
}

function indexesOf(ctx: RunContext, { name }: Entry): readonly Entry[] {
  return [...ctx.catalog.current.entries.values()].filter(
    (entry) => entry.kind === "index" && entry.table.schema === name.schema && entry.table.name === name.name,
  );
}

function dropSchemas(ctx: RunContext, node: Drop): StatementResult {
  for (const name of node.names) {
    const schema = name.parts.at(-1)?.name ?? "";
    if (!ctx.catalog.hasSchema(schema)) {
      if (node.ifExists) continue;
      throw new HeadraceError("bind", `there is no schema "${schema}"`, { span: name.span });
    }
    if (schema.toLowerCase() === "main")
      throw new HeadraceError("bind", "the schema main cannot be dropped", { span: name.span });
    const inside = [...ctx.catalog.current.entries.values()].filter(
      (entry) => entry.name.schema.toLowerCase() === schema.toLowerCase(),
    );
    if (inside.length > 0 && !node.cascade)
      throw new HeadraceError("bind", `the schema "${schema}" is not empty`, {
        span: name.span,
        hint: "DROP SCHEMA ... CASCADE drops what is in it",
      });
    for (const entry of inside) ctx.catalog.delete(entry);
    ctx.catalog.dropSchema(schema);
    if (ctx.catalog.schema.toLowerCase() === schema.toLowerCase()) ctx.catalog.schema = "main";
  }
  return { kind: "ok" };
}
