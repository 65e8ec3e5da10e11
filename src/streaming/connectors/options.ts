/** The options of `CREATE TABLE ... WITH (...)`, which are all text. */
import { HeadraceError } from "../../error.ts";
import { didYouMean } from "../../planner/bind/suggest.ts";
import type { ConnectorTable } from "./connector.ts";

/** Refuses options that are not `known`, in which `#` stands for the name of a column. Throws `bind`. */
export function checkNames({ name, columns, options }: ConnectorTable, known: readonly string[]): void {
  const names = new Set(
    known.flatMap((option) =>
      option.includes("#") ? columns.map((column) => option.replace("#", column.name.toLowerCase())) : [option],
    ),
  );
  for (const option of options.keys()) {
    if (names.has(option)) continue;
    throw new HeadraceError("bind", `the table "${name}" has an unknown option "${option}"`, {
      hint: didYouMean(option, names) ?? `the options are ${[...known].sort().join(", ")}`,
    });
  }
}

const UNITS_MS: { readonly [unit: string]: number } = {
  ms: 1,
  milli: 1,
  millisecond: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
};

const UNITS_BYTES: { readonly [unit: string]: number } = {
  b: 1,
  k: 2 ** 10,
  kb: 2 ** 10,
  m: 2 ** 20,
  mb: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
};

/** Milliseconds of `500 ms`, `10 s`, `5 min`, `2 h`, `1 d`; a number without a unit is milliseconds. */
export const durationMs = (text: string): number | undefined => quantity(text, UNITS_MS);

function quantity(text: string, units: { readonly [unit: string]: number }): number | undefined {
  const [, digits, unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const lower = unit.toLowerCase();
  const factor = lower === "" ? 1 : (units[lower] ?? units[lower.replace(/s$/, "")]);
  return digits === undefined || factor === undefined ? undefined : Math.round(Number(digits) * factor);
}

/** Reads options as values; those that are none of what is wanted throw `bind`. */
export class OptionReader {
  private readonly table: string;
  private readonly options: ReadonlyMap<string, string>;

  constructor({ name, options }: Pick<ConnectorTable, "name" | "options">) {
    this.table = name;
    this.options = options;
  }

  text(name: string): string | undefined {
    return this.options.get(name);
  }

  required(name: string): string {
    const text = this.options.get(name);
    if (text === undefined || text === "") {
      throw new HeadraceError("bind", `the table "${this.table}" needs the option "${name}"`);
    }
    return text;
  }

  /** A whole number from `min` on. */
  integer(name: string, min: number = 0): number | undefined {
    const text = this.options.get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\s*[+-]?\d+\s*$/.test(text) || !Number.isSafeInteger(value)) throw this.wrong(name, "a whole number");
    if (value < min) throw this.wrong(name, `${min} or more`);
    return value;
  }

  boolean(name: string): boolean | undefined {
    const text = this.options.get(name)?.trim().toLowerCase();
    if (text === undefined) return undefined;
    if (text !== "true" && text !== "false") throw this.wrong(name, "true or false");
    return text === "true";
  }

  choice<const C extends string>(name: string, choices: readonly C[]): C | undefined {
    const text = this.options.get(name)?.trim().toLowerCase();
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) {
      throw this.wrong(name, `one of ${choices.join(", ")}`, didYouMean(text, choices));
    }
    return found;
  }

  /** One character, of one byte. */
  character(name: string): string | undefined {
    const text = this.options.get(name);
    if (text === undefined) return undefined;
    const character = text === "\\t" ? "\t" : text;
    if (Buffer.byteLength(character) !== 1) throw this.wrong(name, "one ASCII character");
    return character;
  }

  /** Milliseconds: `500 ms`, `10 s`, `1 min`, `2 h`, `1 d`; a number without a unit is milliseconds. */
  duration(name: string): number | undefined {
    return this.quantity(name, UNITS_MS, "a duration such as '500 ms', '10 s' or '5 min'");
  }

  /** `64 kb`, `16 mb`, `1 gb`; a number without a unit is bytes. */
  bytes(name: string): number | undefined {
    return this.quantity(name, UNITS_BYTES, "a size such as '64 kb' or '16 mb'");
  }

  wrong(name: string, wanted: string, hint?: string): HeadraceError {
    const text = this.options.get(name) ?? "";
    return new HeadraceError(
      "bind",
      `the option "${name}" of the table "${this.table}" must be ${wanted}, not "${text}"`,
      {
        hint,
      },
    );
  }

  private quantity(name: string, units: { readonly [unit: string]: number }, wanted: string): number | undefined {
    const text = this.options.get(name);
    if (text === undefined) return undefined;
    const value = quantity(text, units);
    if (value === undefined) throw this.wrong(name, wanted);
    return value;
  }
}
