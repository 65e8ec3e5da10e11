import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import { decodeNested, encodeNested } from "../../../src/planner/functions/host/nested.ts";
import { isBytewiseEqual } from "../../../src/planner/ir/lower/nested-order.ts";
import { compareDatums, datumKey } from "../../../src/planner/types/datum-order.ts";
import { formatDatum, parseDatum } from "../../../src/planner/types/literals.ts";
import type { NestedType } from "../../../src/planner/types/nested.ts";
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  decimal,
  DOUBLE,
  HUGEINT,
  INTEGER,
  INTERVAL,
  type SqlType,
  UUID,
  VARCHAR,
} from "../../../src/planner/types/types.ts";

const SCALARS: readonly SqlType[] = [
  ...[BOOLEAN, INTEGER, BIGINT, HUGEINT, DOUBLE, VARCHAR, BLOB, INTERVAL, UUID, decimal(20, 2)],
  ...([
    { kind: "TinyInt" },
    { kind: "USmallInt" },
    { kind: "UInteger" },
    { kind: "UBigInt" },
    { kind: "Real" },
  ] as const),
  { kind: "Enum", values: ["a", "b"] },
];

/** Types up to three levels deep. */
const types: fc.Arbitrary<NestedType> = fc.letrec<{ type: SqlType; nested: NestedType }>((tie) => ({
  type: fc.oneof({ maxDepth: 2, withCrossShrink: true }, fc.constantFrom(...SCALARS), tie("nested")),
  nested: fc.oneof(
    tie("type").map((element): NestedType => ({ kind: "List", element })),
    fc
      .record({ element: tie("type"), length: fc.integer({ min: 1, max: 3 }) })
      .map((of): NestedType => ({ kind: "Array", ...of })),
    fc
      .array(tie("type"), { minLength: 1, maxLength: 4 })
      .map((fields): NestedType => ({ kind: "Struct", fields: fields.map((type, i) => ({ name: `f${i}`, type })) })),
    fc
      .record({ key: fc.constantFrom(INTEGER, VARCHAR), value: tie("type") })
      .map((of): NestedType => ({ kind: "Map", ...of })),
  ),
})).nested;

const big = (bits: number, signed: boolean): fc.Arbitrary<bigint> =>
  signed
    ? fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n })
    : fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });

function valuesOf(type: SqlType): fc.Arbitrary<Datum> {
  const value = presentOf(type);
  return fc.option(value, { nil: null, freq: 4 });
}

function presentOf(type: SqlType): fc.Arbitrary<Datum> {
  switch (type.kind) {
    case "Boolean":
      return fc.boolean();
    case "Integer":
      return fc.integer();
    case "TinyInt":
      return fc.integer({ min: -128, max: 127 });
    case "USmallInt":
      return fc.integer({ min: 0, max: 65535 });
    case "UInteger":
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case "Enum":
      return fc.integer({ min: 0, max: type.values.length - 1 });
    case "BigInt":
      return big(64, true);
    case "UBigInt":
      return big(64, false);
    case "HugeInt":
      return big(128, true);
    case "Uuid":
      return big(128, false);
    case "Decimal":
      return fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n });
    case "Real":
      return fc.float();
    case "Double":
      return fc.double();
    case "Blob":
      return fc.uint8Array({ maxLength: 9 });
    case "Interval":
      return fc.record({ months: fc.integer(), days: fc.integer(), micros: big(60, true) });
    case "List":
      return fc.array(valuesOf(type.element), { maxLength: 5 });
    case "Array":
      return fc.array(valuesOf(type.element), { minLength: type.length, maxLength: type.length });
    case "Struct":
      return fc.tuple(...type.fields.map((field) => valuesOf(field.type)));
    case "Map":
      return fc.array(fc.tuple(presentOf(type.key), valuesOf(type.value)), { maxLength: 4 });
    default:
      return fc.oneof(
        fc.string({ unit: "grapheme", maxLength: 12 }),
        fc.constantFrom("", "NULL", "a, b", "it's", '"', "[", " x", "\\"),
      );
  }
}

const typed = (
  count: number,
): fc.Arbitrary<{ readonly type: NestedType; readonly values: readonly (readonly Datum[])[] }> =>
  types.chain((type) =>
    fc.record({
      type: fc.constant(type),
      values: fc.array(presentOf(type) as fc.Arbitrary<readonly Datum[]>, { minLength: count, maxLength: count }),
    }),
  );

/** -0 is 0 in a block. */
function withoutMinusZero(value: Datum): Datum {
  if (Object.is(value, -0)) return 0;
  return Array.isArray(value) ? (value as readonly Datum[]).map(withoutMinusZero) : value;
}

describe("blocks of nested values", () => {
  it("give back what they were made of", () => {
    fc.assert(
      fc.property(typed(1), ({ type, values }) => {
        const [value] = values as [readonly Datum[]];
        expect(decodeNested(encodeNested(value, type), type)).toEqual(withoutMinusZero(value));
      }),
    );
  });

  it("are equal bytes exactly for equal values", () => {
    fc.assert(
      fc.property(typed(2), ({ type, values }) => {
        fc.pre(isBytewiseEqual(type));
        const [a, b] = values as [readonly Datum[], readonly Datum[]];
        const same = Buffer.compare(encodeNested(a, type), encodeNested(b, type)) === 0;
        expect(same).toBe(compareDatums(a, b, type) === 0);
        expect(datumKey(a, type) === datumKey(b, type)).toBe(same);
      }),
    );
  });

  it("refer only to themselves: the same at any address", () => {
    const type: NestedType = { kind: "List", element: { kind: "Struct", fields: [{ name: "s", type: VARCHAR }] } };
    const block = encodeNested([["x"], [""], null], type);
    const moved = new Uint8Array(block.length + 13);
    moved.set(block, 13);
    expect(decodeNested(moved.subarray(13), type)).toEqual([["x"], [""], null]);
  });

  it("keep NULL slots zero and one NaN", () => {
    const doubles: NestedType = { kind: "List", element: DOUBLE };
    expect([...encodeNested([null], doubles)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(encodeNested([-0], doubles)).toEqual(encodeNested([0], doubles));
  });
});

describe("the text of nested values", () => {
  it("reads back", () => {
    const text = fc.string({ unit: "grapheme-ascii", maxLength: 8 });
    const type: NestedType = {
      kind: "Struct",
      fields: [
        { name: "l", type: { kind: "List", element: VARCHAR } },
        { name: "m", type: { kind: "Map", key: INTEGER, value: { kind: "List", element: VARCHAR } } },
      ],
    };
    const strings = fc.array(fc.option(text), { maxLength: 4 });
    const values = fc.tuple(
      strings,
      fc.uniqueArray(fc.tuple(fc.integer(), strings), { selector: ([key]) => key, maxLength: 3 }),
    );
    fc.assert(
      fc.property(values, (value) => {
        // A backslash that nothing makes necessary stays as it is, and is not read back.
        fc.pre(!JSON.stringify(value).includes("\\"));
        expect(parseDatum(formatDatum(value, type), type)).toEqual(value);
      }),
    );
  });

  it.each(["[1", "1]", "[1]]", "{a: 1", "[[1]", "", "[1, 'x]"])("%j is no value", (text) => {
    expect(parseDatum(text, { kind: "List", element: { kind: "List", element: INTEGER } })).toBeUndefined();
  });
});
