import { decimal, listOf, type SqlType, TIMESTAMP, VARCHAR } from "../../planner/types/types.ts";
import type { CopyFormat } from "./copy-options.ts";

/** The type to which values of `type` are cast before they are written, where the format lacks it. */
export function fileType(type: SqlType, format: CopyFormat): SqlType {
  if (format !== "parquet") return type;
  return mapLeaves(type, (leaf) => {
    if (leaf.kind === "Enum") return VARCHAR;
    return leaf.kind === "Timestamp" && leaf.unit === "s" ? TIMESTAMP : leaf;
  });
}

/** The type of which values of `type` are when they are read again. */
export function typeInFile(type: SqlType, format: CopyFormat): SqlType {
  const written = fileType(type, format);
  if (format !== "parquet") return written;
  return mapLeaves(written, (leaf) => (leaf.kind === "HugeInt" || leaf.kind === "UHugeInt" ? decimal(38, 0) : leaf));
}

/** ARRAY becomes LIST. */
function mapLeaves(type: SqlType, map: (leaf: SqlType) => SqlType): SqlType {
  switch (type.kind) {
    case "List":
    case "Array":
      return listOf(mapLeaves(type.element, map));
    case "Struct":
      return { kind: "Struct", fields: type.fields.map((f) => ({ name: f.name, type: mapLeaves(f.type, map) })) };
    case "Map":
      return { kind: "Map", key: mapLeaves(type.key, map), value: mapLeaves(type.value, map) };
    default:
      return map(type);
  }
}
