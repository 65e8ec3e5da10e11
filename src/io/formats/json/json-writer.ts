import type { Datum } from "../../../planner/expr/expr.ts";
import { formatJson, parseJson } from "../../../planner/types/json.ts";
import { formatDatum } from "../../../planner/types/literals.ts";
import { isInteger, type SqlType } from "../../../planner/types/types.ts";
import { AtomicFile } from "../../stores/atomic-file.ts";

export type JsonWriteOptions = {
  /** One array instead of a value a line. */
  readonly array: boolean;
  readonly compression: "none" | "gzip";
};

/** Makes the JSON text of values of a type; numbers with all their digits, what JSON has no notion of as text. */
export function jsonEncoder(type: SqlType): (value: Datum) => string {
  const encode = encoderOf(type);
  return (value) => (value === null ? "null" : encode(value));
}

function encoderOf(type: SqlType): (value: Exclude<Datum, null>) => string {
  if (isInteger(type)) return String;
  switch (type.kind) {
    case "Boolean":
      return String;
    case "Real":
    case "Double":
      return (value) => (Number.isFinite(value) ? formatDatum(value, type) : JSON.stringify(formatDatum(value, type)));
    case "Decimal":
      return (value) => formatDatum(value, type);
    case "Json":
      return (value) => {
        const json = parseJson(value as string);
        return json === undefined ? JSON.stringify(value) : formatJson(json);
      };
    case "List":
    case "Array": {
      const element = jsonEncoder(type.element);
      return (value) => `[${(value as readonly Datum[]).map(element).join(",")}]`;
    }
    case "Struct": {
      const fields = type.fields.map(({ name, type: of }) => [JSON.stringify(name), jsonEncoder(of)] as const);
      return (value) => {
        const items = value as readonly Datum[];
        return `{${fields.map(([key, encode], i) => `${key}:${encode(items[i] ?? null)}`).join(",")}}`;
      };
    }
    case "Map": {
      const encode = jsonEncoder(type.value);
      return (value) => {
        const entries = value as readonly (readonly Datum[])[];
        const members = entries.map(
          ([key = null, item = null]) => `${JSON.stringify(formatDatum(key, type.key))}:${encode(item)}`,
        );
        return `{${members.join(",")}}`;
      };
    }
    default:
      return (value) => JSON.stringify(formatDatum(value, type));
  }
}

/** Between the objects of an array. */
const SEPARATOR = ",\n";

/** Writes objects to a file that appears under its name, whole, when `finish` returns; `abort` leaves nothing. */
export class JsonFileWriter {
  private readonly file: AtomicFile;
  private readonly array: boolean;
  private empty = true;

  private constructor(file: AtomicFile, array: boolean) {
    this.file = file;
    this.array = array;
  }

  /** Throws `io`. */
  static async create(path: string, { array, compression }: JsonWriteOptions): Promise<JsonFileWriter> {
    return new JsonFileWriter(await AtomicFile.create(path, compression), array);
  }

  /** What stands before and behind each object that is given to `append`. */
  get around(): { readonly before: string; readonly behind: string } {
    return this.array ? { before: "\t", behind: SEPARATOR } : { before: "", behind: "\n" };
  }

  /** Appends objects. Call again only after the promise resolved. */
  async append(objects: Uint8Array): Promise<void> {
    if (objects.length === 0) return;
    if (!this.array) return this.file.write(objects);
    await this.file.write(Buffer.from(this.empty ? "[\n" : SEPARATOR, "utf8"));
    this.empty = false;
    await this.file.write(objects.subarray(0, objects.length - SEPARATOR.length));
  }

  async finish(): Promise<void> {
    if (this.array) await this.file.write(Buffer.from(this.empty ? "[\n]\n" : "\n]\n", "utf8"));
    await this.file.finish();
  }

  abort(): Promise<void> {
    return this.file.abort();
  }
}
