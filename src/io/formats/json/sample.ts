import { HeadraceError } from "../../../error.ts";
import type { JsonFormat, JsonOptions } from "./options.ts";
import { newShape, noteNumber, noteString, type Shape } from "./shape.ts";

/** What the beginning of a file says. */
export type JsonSample = {
  readonly format: JsonFormat;
  readonly values: number;
  /** Characters of the values. */
  readonly length: number;
};

const MAX_DEPTH = 1000;
/** Values between two looks at the clock. */
const STEP_VALUES = 64;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN/y;
// eslint-disable-next-line no-control-regex -- JSON strings have no control characters
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;

/** The text ends where something is missing. */
class CutShort extends Error {}

/**
 * Reads values from the beginning of a file and adds them to `shape`. `complete`: the text is the whole file; otherwise its last value
 * may be cut and is left out. Throws `format` with the line for malformed text. In short steps.
 */
export function* readSample(
  text: string,
  complete: boolean,
  name: string,
  { format, ignoreErrors = false }: JsonOptions,
  limit: number,
  shape: Shape,
): Generator<void, JsonSample> {
  const reader = new SampleReader(text, name);
  reader.space();
  const array = format === undefined ? reader.startsArray() : format === "array";
  if (array) reader.take("[");
  let values = 0;
  let lines = format === undefined ? !array : format === "lines";
  let end = reader.at;
  const start = reader.at;
  const scratch = newShape();
  try {
    while (values < limit) {
      reader.space();
      if (reader.at >= text.length) {
        if (array) throw new CutShort();
        break;
      }
      if (array && values === 0 && reader.comes("]")) break;
      const from = reader.at;
      if (ignoreErrors && lines && !reader.isValue(scratch)) {
        reader.skipLine();
        continue;
      }
      reader.value(shape, 0);
      const to = reader.at;
      if (format === undefined && lines) lines = reader.isOneLine(from, to);
      if (!complete && to >= text.length) break;
      values++;
      if (values % STEP_VALUES === 0) yield;
      end = to;
      if (!array) continue;
      reader.space();
      if (reader.comes("]")) break;
      reader.take(",");
    }
  } catch (error) {
    // A value that goes on behind the sample is no error; the line below the others tells where one is.
    if (!(error instanceof CutShort)) throw error;
    if (complete) throw reader.error(text.length);
    if (values === 0)
      throw new HeadraceError("format", `"${name}": the first value is longer than ${text.length} characters`, {
        hint: "give `columns` to read it all the same",
      });
  }
  return { format: array ? "array" : lines ? "lines" : "stream", values, length: end - start };
}

class SampleReader {
  at: number;
  private readonly text: string;
  private readonly name: string;

  constructor(text: string, name: string) {
    this.text = text;
    this.name = name;
    this.at = text.startsWith("\uFEFF") ? 1 : 0;
  }

  space(): void {
    SPACE.lastIndex = this.at;
    this.at += SPACE.exec(this.text)?.[0].length ?? 0;
  }

  /** Whether the file is one array, rather than a list a line. */
  startsArray(): boolean {
    if (this.text[this.at] !== "[") return false;
    const from = this.at;
    const newline = this.text.indexOf("\n", from);
    if (
      newline < 0 ||
      this.text.slice(newline).trim() === "" ||
      this.text.slice(from, newline).trimEnd().at(-1) !== "]"
    )
      return true;
    try {
      this.value(newShape(), 0);
      return !this.isOneLine(from, this.at);
    } catch {
      return true;
    } finally {
      this.at = from;
    }
  }

  /** Whether [from, to) stands alone in its line. */
  isOneLine(from: number, to: number): boolean {
    const { text } = this;
    const before = text.slice(text.lastIndexOf("\n", from - 1) + 1, from).replace("\uFEFF", "");
    if (before.trim() !== "") return false;
    const newline = text.indexOf("\n", from);
    if (newline >= 0 && newline < to) return false;
    return text.slice(to, newline < 0 ? text.length : newline).trim() === "";
  }

  /** Whether the line at hand is a value. */
  isValue(scratch: Shape): boolean {
    const from = this.at;
    try {
      this.value(scratch, 0);
      return this.isOneLine(from, this.at);
    } catch {
      return false;
    } finally {
      this.at = from;
    }
  }

  skipLine(): void {
    const newline = this.text.indexOf("\n", this.at);
    this.at = newline < 0 ? this.text.length : newline + 1;
  }

  /** Notes the value that comes next. */
  value(shape: Shape, depth: number): void {
    if (depth > MAX_DEPTH) throw this.error(this.at);
    this.space();
    const c = this.text[this.at];
    if (c === undefined) throw new CutShort();
    if (c === "n") {
      this.word("null");
      shape.nulls++;
      return;
    }
    shape.values++;
    switch (c) {
      case "{":
        return this.object(shape, depth);
      case "[":
        return this.list(shape, depth);
      case '"':
        return noteString(shape, this.string());
      case "t":
      case "f":
        this.word(c === "t" ? "true" : "false");
        shape.booleans++;
        return;
      default:
        return noteNumber(shape, this.match(NUMBER));
    }
  }

  private object(shape: Shape, depth: number): void {
    shape.objects++;
    const members = (shape.members ??= new Map());
    this.at++;
    this.space();
    if (this.comes("}")) return;
    do {
      this.space();
      const key = this.string();
      this.space();
      this.take(":");
      let member = members.get(key);
      if (member === undefined) members.set(key, (member = newShape()));
      this.value(member, depth + 1);
      this.space();
    } while (this.comes(","));
    this.take("}");
  }

  private list(shape: Shape, depth: number): void {
    shape.lists++;
    this.at++;
    this.space();
    if (this.comes("]")) return;
    const item = (shape.item ??= newShape());
    do {
      this.value(item, depth + 1);
      this.space();
    } while (this.comes(","));
    this.take("]");
  }

  private string(): string {
    const text = this.match(STRING);
    return text.includes("\\") ? (JSON.parse(text) as string) : text.slice(1, -1);
  }

  comes(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  take(character: string): void {
    if (this.comes(character)) return;
    if (this.at >= this.text.length) throw new CutShort();
    throw this.error(this.at);
  }

  private word(word: string): void {
    if (this.text.startsWith(word, this.at)) this.at += word.length;
    else if (word.startsWith(this.text.slice(this.at))) throw new CutShort();
    else throw this.error(this.at);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match !== null && match[0] !== "") {
      this.at += match[0].length;
      return match[0];
    }
    // Only a string can be cut where nothing of it matches.
    const rest = this.text.slice(this.at);
    // eslint-disable-next-line no-control-regex -- as above
    if (pattern === STRING && /^"[^"\\\u0000-\u001f]*(?:\\.[^"\\\u0000-\u001f]*)*\\?$/.test(rest)) throw new CutShort();
    if (rest === "" || rest === "-") throw new CutShort();
    throw this.error(this.at);
  }

  error(at: number): HeadraceError {
    const line = this.text.slice(0, at).split("\n").length;
    const shown = this.text.slice(at, at + 20).split("\n")[0];
    const what = at >= this.text.length ? "the text ends too early" : `unexpected ${JSON.stringify(shown)}`;
    return new HeadraceError("format", `"${this.name}" line ${line}: malformed JSON: ${what}`);
  }
}
