import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Editor } from "../../../src/cli/editor/editor.ts";
import { highlight } from "../../../src/cli/editor/highlight.ts";
import { History } from "../../../src/cli/editor/history.ts";
import { Terminal } from "./terminal.ts";

const UP = "\x1b[A";
const DOWN = "\x1b[B";
const LEFT = "\x1b[D";
const HOME = "\x1b[H";
const CTRL = (key: string): string => String.fromCharCode(key.charCodeAt(0) & 31);

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-editor-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Setup = {
  readonly terminal: Terminal;
  readonly editor: Editor;
  readonly interrupts: () => number;
  /** Begins to read; the returned promise is in an object, so that awaiting the call does not await the text. */
  readonly read: () => { readonly text: Promise<string | undefined> };
};

async function open({ columns = 40, colors = false, names = [] as string[] } = {}): Promise<Setup> {
  const terminal = new Terminal(columns);
  let interrupts = 0;
  const editor = await Editor.open({
    input: terminal.input,
    output: terminal.output,
    history: new History(join(folder, "history")),
    prompts: { first: "> ", more: ". " },
    colors,
    isComplete: (text) => text.trimEnd().endsWith(";"),
    complete: async (before) => {
      const word = /\w*$/.exec(before)![0];
      return [names.filter((name) => name.startsWith(word)), word];
    },
    onInterrupt: () => interrupts++,
  });
  return { terminal, editor, interrupts: () => interrupts, read: () => ({ text: editor.read() }) };
}

describe("the line editor", () => {
  it("reads a statement of several lines and shows it", async () => {
    const { terminal, read } = await open();
    const { text } = read();
    await terminal.type("select 1,\r2;\r");
    expect(await text).toBe("select 1,\n2;");
    expect(terminal.screen).toEqual(["> select 1,", ". 2;"]);
  });

  it("edits lines above the last one", async () => {
    const { terminal, read } = await open();
    const { text } = read();
    await terminal.type(`ac\rd;${UP}${HOME}x${CTRL("e")}!${DOWN}\r`);
    expect(await text).toBe("xac!\nd;");
  });

  it("moves and deletes by grapheme clusters, words and lines", async () => {
    const { terminal, read } = await open();
    const { text } = read();
    await terminal.type(`é👩‍👩‍👧z${LEFT}\x7f one two${CTRL("w")}${CTRL("a")}${CTRL("k")}${CTRL("y")}${CTRL("y")};\r`);
    expect(await text).toBe("é one zé one z;");
  });

  it("undoes", async () => {
    const { terminal, read } = await open();
    const { text } = read();
    await terminal.type(`ab${CTRL("u")}\x1f;\r`);
    expect(await text).toBe("ab;");
  });

  it("wraps long lines before the last column and finds its way back after a resize", async () => {
    const { terminal, read } = await open({ columns: 12 });
    const { text } = read();
    await terminal.type("abcdefghijklm");
    expect(terminal.screen).toEqual(["> abcdefghi", ". jklm"]);
    expect(terminal.cursor).toEqual({ row: 1, column: 6 });
    terminal.columns = 30;
    terminal.output.emit("resize");
    expect(terminal.screen).toEqual(["> abcdefghijklm"]);
    await terminal.type(";\r");
    expect(await text).toBe("abcdefghijklm;");
  });

  it("shows only the rows around the cursor of a text that is taller than the screen", async () => {
    const { terminal, read } = await open();
    const { text } = read();
    await terminal.type(Array.from({ length: 60 }, (_, i) => `line ${i}`).join("\r"));
    expect(terminal.screen.length).toBe(23);
    expect(terminal.screen.at(-1)).toBe(". line 59");
    await terminal.type(";\r");
    expect((await text)!.split("\n").length).toBe(60);
  });

  it("keeps its history across runs, with the lines of an entry together", async () => {
    const first = await open();
    const { text } = first.read();
    await first.terminal.type("a \\ b,\rc;\r");
    await text;
    first.editor.close();
    expect(readFileSync(join(folder, "history"), "utf8")).toBe("a \\\\ b,\\nc;\n");
    const second = await open();
    const again = second.read();
    await second.terminal.type(`dr${UP}${UP}${UP}`);
    expect(second.terminal.screen).toEqual(["> a \\ b,", ". c;"]);
    await second.terminal.type(`${DOWN}${DOWN}`);
    expect(second.terminal.screen).toEqual(["> dr"]);
    await second.terminal.type(`${UP}\r`);
    expect(await again.text).toBe("a \\ b,\nc;");
  });

  it("searches the history", async () => {
    const { terminal, read } = await open();
    for (const entry of ["select 1;", "select 22;", "drop x;"]) {
      const { text } = read();
      await terminal.type(`${entry}\r`);
      await text;
    }
    const { text } = read();
    await terminal.type(`${CTRL("r")}sel`);
    expect(terminal.screen.slice(-2)).toEqual(["> select 22;", "search back: sel_"]);
    await terminal.type(`${CTRL("r")}\r`);
    expect(await text).toBe("select 1;");
  });

  it("completes what is common, then lists the choices", async () => {
    const { terminal, read } = await open({ names: ["orders_a", "orders_b", "other"] });
    const { text } = read();
    await terminal.type("from ord\t");
    expect(terminal.screen).toEqual(["> from orders_"]);
    await terminal.type("\t");
    expect(terminal.screen).toEqual(["> from orders_", "orders_a  orders_b"]);
    await terminal.type("b\t;\r");
    expect(await text).toBe("from orders_b ;");
    expect(terminal.screen).toEqual(["> from orders_b ;"]);
  });

  it("takes a pasted text as it is, line ends and tabs included", async () => {
    const { terminal, read } = await open();
    const { text } = read();
    await terminal.type("\x1b[200~select\t1;\rselect 2;\x1b[201~");
    await terminal.type("\r");
    expect(await text).toBe("select\t1;\nselect 2;");
  });

  it("clears with Ctrl-C, ends with Ctrl-D, and keeps what is typed while nothing reads", async () => {
    const { terminal, read, interrupts } = await open();
    const first = read();
    await terminal.type(`abc${CTRL("c")}d;\r`);
    expect(await first.text).toBe("d;");
    expect(terminal.screen).toEqual(["> abc^C", "> d;"]);
    await terminal.type("e;\r");
    expect(await read().text).toBe("e;");
    await terminal.type(`lost${CTRL("c")}`);
    expect(interrupts()).toBe(1);
    const last = read();
    await terminal.type(CTRL("d"));
    expect(await last.text).toBeUndefined();
  });

  it("colours without moving anything", async () => {
    const { terminal, read } = await open({ columns: 12, colors: true });
    const { text } = read();
    await terminal.type("select 'a long text';\r");
    await text;
    expect(terminal.screen).toEqual(["> select 'a", ".  long tex", ". t';"]);
  });
});

describe("highlight", () => {
  it.each([
    ["SELECT x FROM t", ["keyword:SELECT", "keyword:FROM"]],
    ["select 'it''s' -- note", ["keyword:select", "string:'it''s'", "comment:-- note"]],
    ['"select" + 1.5e3', ['identifier:"select"', "number:1.5e3"]],
    ["/* open", ["comment:/* open"]],
    ["$tag$ select $$ $tag$ is", ["string:$tag$ select $$ $tag$", "keyword:is"]],
    [".mode csv", ["command:.mode csv"]],
  ])("finds the tokens of %j", (text, expected) => {
    expect(highlight(text).map(({ start, end, style }) => `${style}:${text.slice(start, end)}`)).toEqual(expected);
  });
});
