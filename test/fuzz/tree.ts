/** SQL as a tree that knows what may be left out or replaced, so that a failing query can be made small. */

/** What may stand in for what. */
export type Sort = "expression" | "query" | "from" | "other";

export type Node = string | Sequence | List | Optional;

/** Its parts one after another. An expression carries its type, a query the types of its columns. */
export type Sequence = {
  readonly kind: "sequence";
  readonly sort: Sort;
  readonly type: string;
  readonly parts: readonly Node[];
};

/** Any of the items may be left out, as long as `min` remain. */
export type List = {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly separator: string;
  readonly min: number;
};

export type Optional = { readonly kind: "optional"; readonly node: Node };

/** `sql`a ${b} c`` without a sort of its own. */
export function sql(strings: TemplateStringsArray, ...nodes: readonly Node[]): Sequence {
  return sequence("other", "", strings, nodes);
}

/** A template of an expression. */
export const expression =
  (type: string) =>
  (strings: TemplateStringsArray, ...nodes: readonly Node[]): Sequence =>
    sequence("expression", type, strings, nodes);

export function sequence(sort: Sort, type: string, strings: readonly string[], nodes: readonly Node[]): Sequence {
  const parts = strings.flatMap((text, i): Node[] => [text, ...(i < nodes.length ? [nodes[i] as Node] : [])]);
  return { kind: "sequence", sort, type, parts: parts.filter((part) => part !== "") };
}

export function list(items: readonly Node[], separator = ", ", min = 1): List {
  return { kind: "list", items, separator, min };
}

export function optional(node: Node | undefined): Node {
  return node === undefined ? "" : { kind: "optional", node };
}

export function print(node: Node): string {
  if (typeof node === "string") return node;
  switch (node.kind) {
    case "sequence":
      return node.parts.map(print).join("");
    case "list":
      return node.items.map(print).join(node.separator);
    case "optional":
      return print(node.node);
    default:
      return node satisfies never;
  }
}

/** The smaller trees that differ from `node` in one place, the boldest first. */
export function* reductions(node: Node): Generator<Node> {
  if (typeof node === "string") return;
  switch (node.kind) {
    case "optional":
      yield "";
      for (const inner of reductions(node.node)) yield { ...node, node: inner };
      return;
    case "list":
      yield* listReductions(node);
      return;
    case "sequence":
      yield* substitutes(node);
      for (const [i, part] of node.parts.entries()) {
        for (const smaller of reductions(part)) yield { ...node, parts: node.parts.with(i, smaller) };
      }
      return;
    default:
      return node satisfies never;
  }
}

function* listReductions(node: List): Generator<Node> {
  const { items, min } = node;
  for (let size = items.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from < items.length; from += size) {
      const kept = [...items.slice(0, from), ...items.slice(from + size)];
      if (kept.length >= min) yield { ...node, items: kept };
    }
  }
  for (const [i, item] of items.entries()) {
    for (const smaller of reductions(item)) yield { ...node, items: items.with(i, smaller) };
  }
}

/** What may stand in place of a sequence: parts of the same sort, and NULL or a constant for an expression. */
function* substitutes(node: Sequence): Generator<Node> {
  if (node.sort === "other" || node.parts.length === 0) return;
  const inside = [...descendants(node)].filter((other) => other.sort === node.sort);
  const same = inside.filter((other) => other.type === node.type);
  yield* same.slice(0, 12);
  if (node.sort !== "expression" || node.type === "" || node.parts.length <= 1) return;
  if (node.type === "BOOLEAN") yield* ["true", "false"].map(leaf(node));
  yield leaf(node)(`CAST(NULL AS ${node.type})`);
  yield* inside.filter((other) => other.type !== node.type).slice(0, 6);
}

const leaf =
  (node: Sequence) =>
  (text: string): Sequence => ({ ...node, parts: [text] });

function* descendants(node: Node): Generator<Sequence> {
  if (typeof node === "string") return;
  const children = node.kind === "sequence" ? node.parts : node.kind === "list" ? node.items : [node.node];
  for (const child of children) if (typeof child !== "string" && child.kind === "sequence") yield child;
  for (const child of children) yield* descendants(child);
}
