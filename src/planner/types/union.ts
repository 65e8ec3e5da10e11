/** UNION values: which member there is, and its value. */
import type { Datum } from "../expr/expr.ts";
import type { SqlType, StructField } from "./types.ts";

export type UnionType = Extract<SqlType, { readonly kind: "Union" }>;

/** A value as a constant: the position of its member, then a place for every member, NULL but for that one's. */
export function unionDatum({ members }: UnionType, tag: number, value: Datum): readonly Datum[] {
  return [tag, ...members.map((_, i) => (i === tag ? value : null))];
}

/** The member that a constant holds. */
export function memberOf(union: readonly Datum[], { members }: UnionType): StructField & { readonly value: Datum } {
  const tag = union[0] as number;
  return { ...(members[tag] as StructField), value: union[tag + 1] ?? null };
}

/** The position of the member of a name, whatever its letter case; -1: there is none. */
export function findMember({ members }: UnionType, name: string): number {
  return members.findIndex((member) => member.name.toLowerCase() === name.toLowerCase());
}
