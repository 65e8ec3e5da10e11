/** Columns of nested values from JSON texts: kernels walk through the texts, and put blocks together of what leaves become. */
import { readScalar } from "../../io/formats/json/read-value.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { formatJson, parseJson } from "../../planner/types/json.ts";
import { isNested, type NestedType, slotBytes } from "../../planner/types/nested.ts";
import { laneOf } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { ScanMemory } from "./scan-memory.ts";
import { type BadValue, clearValue, convertTexts, type TextColumn, textAt } from "./text-columns.ts";
import { writeBlocks } from "./write-blocks.ts";

/** As the kernels have them (`json-nested.ts`). */
const NODE_BYTES = 64;
const NODE = { kind: 0, entries: 4, count: 8, children: 12, childNodes: 16, names: 20, marks: 24 } as const;
const LEAF = { data: 28, validity: 32, slotBytes: 36, class: 40, length: 44 } as const;
const KIND = { leaf: 0, raw: 1, struct: 2, list: 3, map: 4 } as const;
const CLASS = { fixed: 0, string: 1, double: 2, real: 3 } as const;
const CONTEXT = { scratch: 208, strict: 212, bytes: 224 } as const;
const NONE = 0xffffffff;
/** The status of rows that are none of the type, or odd. */
const ODD = 2;

/** A node of the type, parents before their children. `repeated`: there may be several in a row. */
type Node = {
  readonly type: SqlType;
  readonly children: readonly number[];
  readonly names: readonly string[];
  readonly repeated: boolean;
};

function nodesOf(root: SqlType): readonly Node[] {
  const nodes: Node[] = [];
  const visit = (type: SqlType, repeated: boolean): number => {
    const index = nodes.push({ type, children: [], names: [], repeated }) - 1;
    const below = (types: readonly SqlType[], again: boolean, names: readonly string[] = []): void => {
      nodes[index] = { type, repeated, names, children: types.map((child) => visit(child, again)) };
    };
    if (type.kind === "List" || type.kind === "Array") below([type.element], true);
    else if (type.kind === "Map") below([type.key, type.value], true);
    else if (type.kind === "Struct") {
      const { fields } = type;
      const types = fields.map((field) => field.type);
      below(
        types,
        repeated,
        fields.map(({ name }) => name),
      );
    }
    return index;
  };
  visit(root, false);
  return nodes;
}

/** How a value that is odd, or of another type, is read: the value of a whole text; undefined: it has none. */
type Parse = (text: string) => Datum | undefined;

/**
 * The values of `rows` references to texts that `jsonParse` has checked; address 0 is NULL. Undefined: a leaf's text is no value of its
 * type, and nothing was done.
 */
export function nestedColumn(
  memory: ScanMemory,
  refs: number,
  rows: number,
  type: NestedType,
  strictKeys: boolean,
  parse: Parse,
  bad: BadValue,
): TextColumn | undefined {
  const { kernels, shared } = memory;
  const { view, u8 } = shared;
  // Whatever is not UTF-8 would be replaced in silence when it is decoded.
  const validity = memory.zeroed(Math.ceil(rows / 8) + 8);
  if (kernels.csvStrings(refs, rows, validity, memory.alloc(rows * 4)) > 0) return undefined;
  const nodes = nodesOf(type);
  if (nodes.some((node) => node.type.kind === "Union")) return undefined;
  const parts = kernels.jsonCountParts(refs, rows);
  const base = placeNodes(memory, nodes, rows, parts);
  const texts = textBytes(memory, refs, rows);
  const context = memory.zeroed(CONTEXT.bytes);
  view.setUint32(context + CONTEXT.scratch, memory.alloc(texts + 16 * (2 * parts + rows)), true);
  view.setUint32(context + CONTEXT.strict, strictKeys ? 1 : 0, true);
  const status = memory.alloc(rows);
  kernels.jsonReadNested(refs, rows, base, nodes.length, status, memory.alloc(nodes.length * 4), context);

  const bytes = convertLeaves(memory, nodes, base);
  if (bytes === undefined) return undefined;
  const data = memory.zeroed(rows * 8);
  kernels.jsonPackNested(rows, status, base, data, memory.alloc(bytes));
  const odd: number[] = [];
  for (let row = 0; row < rows; row++) if (u8[status + row] === ODD) odd.push(row);
  writeBlocks(
    memory,
    type,
    data,
    odd.length,
    (i) => odd[i] as number,
    (row) => {
      const text = textAt(memory, refs, row);
      const value = parse(text);
      if (value === undefined) bad(row, text);
      if (value === undefined || value === null) clearValue(memory, data + row * 8, 8, validity, row);
      return value ?? null;
    },
  );
  return { data, validity };
}

/** Descriptors side by side, with room for as many entries as there may be. */
function placeNodes(memory: ScanMemory, nodes: readonly Node[], rows: number, parts: number): number {
  const { view } = memory.shared;
  const base = memory.zeroed(nodes.length * NODE_BYTES);
  const words = (values: readonly number[]): number => {
    const address = memory.alloc(values.length * 4);
    values.forEach((value, i) => view.setUint32(address + i * 4, value, true));
    return address;
  };
  nodes.forEach(({ type, children, names, repeated }, i) => {
    const at = base + i * NODE_BYTES;
    const set = (offset: number, value: number): void => view.setUint32(at + offset, value, true);
    set(NODE.kind, kindOf(type));
    set(NODE.entries, memory.alloc((rows + (repeated ? parts : 0)) * 8));
    set(NODE.children, children.length);
    set(NODE.childNodes, words(children.map((child) => base + child * NODE_BYTES)));
    const keys = names.map((name) => Buffer.from(name, "utf8"));
    set(NODE.names, words(keys.flatMap((key) => [memory.copy(key), key.length])));
    set(NODE.marks, memory.zeroed(names.length * 4));
    set(LEAF.slotBytes, slotBytes(type));
    set(LEAF.class, classOf(type));
    set(LEAF.length, type.kind === "Array" ? type.length : NONE);
  });
  return base;
}

function kindOf(type: SqlType): number {
  if (type.kind === "Json") return KIND.raw;
  if (!isNested(type)) return KIND.leaf;
  return type.kind === "Struct" ? KIND.struct : type.kind === "Map" ? KIND.map : KIND.list;
}

function classOf(type: SqlType): number {
  if (type.kind === "Double") return CLASS.double;
  if (type.kind === "Real") return CLASS.real;
  return laneOf(type) === "str" ? CLASS.string : CLASS.fixed;
}

/** Converts the leaves' texts; the bytes that blocks take at most. Undefined where a text has no value. */
function convertLeaves(memory: ScanMemory, nodes: readonly Node[], base: number): number | undefined {
  const { view } = memory.shared;
  let bytes = 64;
  for (const [i, { type }] of nodes.entries()) {
    const at = base + i * NODE_BYTES;
    const count = view.getUint32(at + NODE.count, true);
    view.setUint32(at + NODE.count, 0, true);
    bytes += count * (slotBytes(type) + 32);
    if (isNested(type)) continue;
    let fine = true;
    const conversion = { type, nullText: "", exact: true, parse: leafReader(type) };
    const entries = view.getUint32(at + NODE.entries, true);
    const column = convertTexts(memory, entries, count, conversion, () => {
      fine = false;
    });
    if (!fine) return undefined;
    if (classOf(type) === CLASS.string) bytes += textBytes(memory, column.data, count);
    view.setUint32(at + LEAF.data, column.data, true);
    view.setUint32(at + LEAF.validity, column.validity, true);
  }
  return bytes;
}

function leafReader(type: SqlType): Parse {
  if (type.kind !== "Json") return (text) => readScalar(text, type);
  return (text) => {
    const value = parseJson(text);
    return value === undefined ? undefined : formatJson(value);
  };
}

function textBytes({ shared: { view } }: ScanMemory, refs: number, rows: number): number {
  let bytes = 0;
  for (let row = 0; row < rows; row++) bytes += view.getUint32(refs + row * 8 + 4, true);
  return bytes;
}
