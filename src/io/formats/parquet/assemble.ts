/** Nested values from the entries of their leaves (Melnik et al., "Dremel", 2010). */
import { lanesReader } from "../lane-values.ts";
import type { Datum } from "../../../planner/expr/expr.ts";
import type { LeafEntries } from "./decode-column.ts";
import { leavesOf, type NestedNode } from "./schema.ts";
import { corrupt } from "./thrift-reader.ts";

/** Where the reading of a leaf has come to. */
type Cursor = {
  readonly definitions: Uint8Array;
  readonly repetitions: Uint8Array;
  readonly value: (i: number) => Datum;
  readonly count: number;
  entry: number;
  values: number;
};

/** Reads row after row. Throws `format` where the leaves do not go together. */
export class NestedReader {
  private readonly read: () => Datum;
  private readonly cursors: readonly Cursor[];

  /** `entries` of the leaves, in their order. */
  constructor(node: NestedNode, entries: readonly LeafEntries[], buffer: ArrayBufferLike) {
    const cursors = leavesOf(node).map(({ leaf }, i): Cursor => {
      const found = entries[i];
      if (found === undefined) throw new RangeError(`leaf ${i}`);
      const { count, definitions, repetitions, data } = found;
      return {
        count,
        definitions,
        repetitions,
        value: lanesReader(buffer, data, leaf.lane, leaf.type),
        entry: 0,
        values: 0,
      };
    });
    this.cursors = cursors;
    this.read = readerOf(node, cursors);
  }

  next(): Datum {
    return this.read();
  }

  /** Throws where entries are left over. */
  finish(): void {
    if (this.cursors.some(({ entry, count }) => entry !== count))
      throw corrupt("nested columns have more rows than the row group");
  }
}

function readerOf(node: NestedNode, cursors: readonly Cursor[]): () => Datum {
  const [first] = cursors;
  if (first === undefined) throw new RangeError("a node without leaves");
  const definition = (): number => {
    if (first.entry >= first.count) throw corrupt("nested columns have fewer rows than the row group");
    return first.definitions[first.entry] as number;
  };
  /** Passes over the one entry that each leaf has for what is not there. */
  const skip = (): null => {
    for (const cursor of cursors) cursor.entry++;
    return null;
  };
  switch (node.kind) {
    case "leaf": {
      const { present } = node;
      return () => {
        const level = definition();
        first.entry++;
        return level === present ? first.value(first.values++) : null;
      };
    }
    case "struct": {
      const readers = childReaders(node.fields, cursors);
      return () => (definition() < node.present ? skip() : readers.map((read) => read()));
    }
    case "list": {
      const read = readerOf(node.item, cursors);
      return () => {
        const level = definition();
        if (level < node.present) return skip();
        if (level < node.filled) {
          skip();
          return [];
        }
        const items: Datum[] = [];
        do {
          if (definition() < node.filled) throw corrupt("an item that is not there follows others");
          items.push(read());
        } while (first.entry < first.count && (first.repetitions[first.entry] as number) >= node.repetition);
        return items;
      };
    }
    case "map":
      return readerOf(node.entries, cursors);
  }
}

function childReaders(nodes: readonly NestedNode[], cursors: readonly Cursor[]): readonly (() => Datum)[] {
  let at = 0;
  return nodes.map((node) => {
    const own = cursors.slice(at, at + leavesOf(node).length);
    at += own.length;
    return readerOf(node, own);
  });
}
