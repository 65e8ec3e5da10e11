/** A plan as EXPLAIN shows it: text and JSON are made from the same description. */
export type ExplainNode = {
  /** As the operator's file is called: `HashJoin`. */
  readonly operator: string;
  /** What it does, in words of the plan: keys, predicates, columns. */
  readonly detail: string;
  /** Further figures, shown in parentheses. */
  readonly figures: Readonly<Record<string, string | number>>;
  readonly inputs: readonly ExplainNode[];
};

/**
 * The tree as lines:
 *
 *     Join inner a = b
 *     ├─ Scan t [a]
 *     └─ Scan u [b]
 */
export function treeText(root: ExplainNode): string {
  const lines: string[] = [];
  // Depth-first without recursion: plans may be deep.
  const pending: { readonly node: ExplainNode; readonly first: string; readonly rest: string }[] = [
    { node: root, first: "", rest: "" },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, first, rest } = next;
    lines.push(first + lineOf(node));
    for (let i = node.inputs.length - 1; i >= 0; i--) {
      const isLast = i === node.inputs.length - 1;
      pending.push({
        node: node.inputs[i] as ExplainNode,
        first: `${rest}${isLast ? "└─ " : "├─ "}`,
        rest: `${rest}${isLast ? "   " : "│  "}`,
      });
    }
  }
  return lines.join("\n");
}

function lineOf({ operator, detail, figures }: ExplainNode): string {
  const shown = Object.entries(figures).map(([name, value]) => `${name}: ${value}`);
  return `${operator}${detail === "" ? "" : ` ${detail}`}${shown.length === 0 ? "" : `  (${shown.join(", ")})`}`;
}

/** A plain object tree for `FORMAT JSON`. */
export type ExplainJson = {
  readonly operator: string;
  readonly detail: string;
  readonly figures?: Readonly<Record<string, string | number>>;
  readonly inputs: readonly ExplainJson[];
};

export function treeJson({ operator, detail, figures, inputs }: ExplainNode): ExplainJson {
  const own = Object.keys(figures).length === 0 ? {} : { figures };
  return { operator, detail, ...own, inputs: inputs.map(treeJson) };
}
