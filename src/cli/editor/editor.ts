/** Reads texts of several lines from a terminal: editing in place, history, search, completion, colours. */
import { emitKeypressEvents, type Key } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import { widthFunction } from "../formats/width.ts";
import * as edit from "./buffer.ts";
import { EMPTY, type EditBuffer } from "./buffer.ts";
import { highlight, paint } from "./highlight.ts";
import type { History } from "./history.ts";
import { type Action, actionOf } from "./keys.ts";
import { Screen } from "./screen.ts";

export type EditorOptions = {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly history: History;
  readonly prompts: { readonly first: string; readonly more: string };
  readonly colors: boolean;
  /** Whether the return key ends the text rather than the line. */
  readonly isComplete: (text: string) => boolean;
  /** Names that may stand where the text before the cursor ends, and the part of it that they replace. */
  readonly complete: (before: string) => Promise<[names: string[], replaced: string]>;
  /** Ctrl-C while nothing is read. */
  readonly onInterrupt: () => void;
};

type Keystroke = { readonly text: string | undefined; readonly key: Key };

/** `back`: the entry found, counted from the newest. */
type Search = { readonly part: string; readonly back: number; readonly before: EditBuffer };

const MASK = { pasting: "\x1b[?2004h", plain: "\x1b[?2004l" };

export class Editor {
  private readonly options: EditorOptions;
  private readonly screen: Screen;
  private buffer: EditBuffer = EMPTY;
  private undo: EditBuffer[] = [];
  private killed = "";
  /** 0 is the text that was begun before the history was entered. */
  private back = 0;
  private draft: EditBuffer = EMPTY;
  private search: Search | undefined;
  private notes: readonly string[] = [];
  private pasting = false;
  /** Resolves the read under way. */
  private finish: ((text: string | undefined) => void) | undefined;
  private completing = false;
  /** Keys that came while nothing was read, or names were looked up. */
  private readonly typedAhead: Keystroke[] = [];

  private constructor(options: EditorOptions, screen: Screen) {
    this.options = options;
    this.screen = screen;
  }

  static async open(options: EditorOptions): Promise<Editor> {
    // A text beyond ASCII makes it load the tables of widths.
    const widthOf = await widthFunction(["é"]);
    const editor = new Editor(options, new Screen(options.output, options.prompts, widthOf));
    const { input, output } = options;
    emitKeypressEvents(input);
    input.on("keypress", editor.onKeypress);
    input.on("end", editor.onEnd);
    output.on("resize", editor.onResize);
    process.on("SIGCONT", editor.onContinue);
    editor.enterTerminal();
    return editor;
  }

  close(): void {
    const { input, output } = this.options;
    input.off("keypress", this.onKeypress);
    input.off("end", this.onEnd);
    output.off("resize", this.onResize);
    process.off("SIGCONT", this.onContinue);
    this.leaveTerminal();
    input.pause();
  }

  /** The text, without the line end that ended it; undefined at the end of the input. */
  read(): Promise<string | undefined> {
    this.buffer = EMPTY;
    this.undo = [];
    this.back = 0;
    this.screen.forget();
    return new Promise((resolve) => {
      this.finish = (text) => {
        this.finish = undefined;
        resolve(text);
      };
      this.render();
      this.pressTypedAhead();
    });
  }

  private pressTypedAhead(): void {
    while (this.finish !== undefined && !this.completing && this.typedAhead.length > 0)
      this.press(this.typedAhead.shift()!);
  }

  private enterTerminal(): void {
    this.options.input.setRawMode(true);
    this.options.input.resume();
    this.options.output.write(MASK.pasting);
  }

  private leaveTerminal(): void {
    this.options.output.write(MASK.plain);
    this.options.input.setRawMode(false);
  }

  private readonly onKeypress = (text: string | undefined, key: Key): void => {
    if (this.finish !== undefined && !this.completing) return this.press({ text, key });
    if (actionOf(key) === "interrupt") {
      this.typedAhead.length = 0;
      return this.options.onInterrupt();
    }
    this.typedAhead.push({ text, key });
  };

  private readonly onEnd = (): void => this.finish?.(undefined);

  private readonly onResize = (): void => {
    if (this.finish !== undefined) this.render();
  };

  private readonly onContinue = (): void => {
    this.enterTerminal();
    this.screen.forget();
    if (this.finish !== undefined) this.render();
  };

  private press({ text, key }: Keystroke): void {
    const action = actionOf(key);
    this.notes = [];
    if (this.search !== undefined && this.pressInSearch(action, text)) return this.render();
    if (action !== undefined) this.act(action);
    else if (text !== undefined && isText(text)) this.change(edit.insert(this.buffer, text));
    // A render for each key of a long paste would take its square.
    if (this.finish !== undefined && !this.pasting) this.render();
  }

  private change(next: EditBuffer): void {
    if (next.text !== this.buffer.text) this.undo.push(this.buffer);
    this.buffer = next;
  }

  private kill(to: number): void {
    const { text, cursor } = this.buffer;
    if (to === cursor) return;
    this.killed = text.slice(Math.min(cursor, to), Math.max(cursor, to));
    this.change(edit.deleteTo(this.buffer, to));
  }

  private act(action: Action): void {
    const { buffer } = this;
    switch (action) {
      case "accept":
        if (!this.pasting && this.options.isComplete(buffer.text)) return this.accept();
        return this.change(edit.insert(buffer, "\n"));
      case "new-line":
        return this.change(edit.insert(buffer, "\n"));
      case "complete":
        if (this.pasting) this.change(edit.insert(buffer, "\t"));
        else void this.complete();
        return;
      case "interrupt":
        return this.abandon();
      case "end-of-input":
        if (buffer.text === "") return this.end();
        return this.change(edit.deleteTo(buffer, edit.nextCluster(buffer)));
      case "suspend":
        return this.suspend();
      case "clear-screen":
        return this.screen.clear();
      case "left":
        return this.change(edit.moveTo(buffer, edit.previousCluster(buffer)));
      case "right":
        return this.change(edit.moveTo(buffer, edit.nextCluster(buffer)));
      case "up": {
        const above = edit.verticalMove(buffer, -1);
        return above === undefined ? this.recall(this.back + 1) : this.change(above);
      }
      case "down": {
        const below = edit.verticalMove(buffer, 1);
        return below === undefined ? this.recall(this.back - 1) : this.change(below);
      }
      case "word-left":
        return this.change(edit.moveTo(buffer, edit.previousWord(buffer)));
      case "word-right":
        return this.change(edit.moveTo(buffer, edit.nextWord(buffer)));
      case "line-start":
        return this.change(edit.moveTo(buffer, edit.lineStart(buffer)));
      case "line-end":
        return this.change(edit.moveTo(buffer, edit.lineEnd(buffer)));
      case "text-start":
        return this.change(edit.moveTo(buffer, 0));
      case "text-end":
        return this.change(edit.moveTo(buffer, buffer.text.length));
      case "previous-entry":
        return this.recall(this.back + 1);
      case "next-entry":
        return this.recall(this.back - 1);
      case "search":
        this.search = { part: "", back: 0, before: buffer };
        return;
      case "cancel":
        return;
      case "delete-left":
        return this.change(edit.deleteTo(buffer, edit.previousCluster(buffer)));
      case "delete-right":
        return this.change(edit.deleteTo(buffer, edit.nextCluster(buffer)));
      case "delete-word-left":
        return this.kill(edit.previousWord(buffer));
      case "delete-word-right":
        return this.kill(edit.nextWord(buffer));
      case "delete-line-start":
        return this.kill(edit.lineStart(buffer));
      case "delete-line-end": {
        const end = edit.lineEnd(buffer);
        return this.kill(end === buffer.cursor ? Math.min(end + 1, buffer.text.length) : end);
      }
      case "yank":
        return this.change(edit.insert(buffer, this.killed));
      case "undo":
        this.buffer = this.undo.pop() ?? buffer;
        return;
      case "paste-start":
        this.pasting = true;
        return;
      case "paste-end":
        this.pasting = false;
        return;
      default:
        return action satisfies never;
    }
  }

  private accept(): void {
    const { text } = this.buffer;
    this.buffer = edit.atEnd(text);
    this.render();
    this.screen.leave();
    this.options.history.add(text);
    this.finish?.(text);
  }

  private abandon(): void {
    this.buffer = edit.atEnd(this.buffer.text);
    this.render();
    this.screen.leave("^C");
    this.buffer = EMPTY;
    this.undo = [];
    this.back = 0;
  }

  private end(): void {
    this.screen.leave();
    this.finish?.(undefined);
  }

  private suspend(): void {
    this.leaveTerminal();
    this.screen.leave();
    process.kill(process.pid, "SIGTSTP");
  }

  private recall(back: number): void {
    const { history } = this.options;
    if (back < 0 || back > history.length) return;
    if (this.back === 0) this.draft = this.buffer;
    this.back = back;
    this.undo = [];
    this.buffer = back === 0 ? this.draft : edit.atEnd(history.at(back)!);
  }

  /** Whether the key belonged to the search; every other key ends it and does its work on what was found. */
  private pressInSearch(action: Action | undefined, text: string | undefined): boolean {
    const { part, back, before } = this.search!;
    if (action === "search") this.find({ part, back: back + 1, before });
    else if (action === "delete-left") this.find({ part: part.slice(0, -1), back: 1, before });
    else if (action === "cancel" || action === "interrupt") {
      this.search = undefined;
      this.buffer = before;
    } else if (action === undefined && text !== undefined && isText(text))
      this.find({ part: part + text, back: Math.max(back, 1), before });
    else {
      this.search = undefined;
      return false;
    }
    return true;
  }

  private find({ part, back, before }: Search): void {
    const { history } = this.options;
    const found = part === "" ? undefined : history.search(part, back);
    this.search = { part, back: found ?? this.search!.back, before };
    if (found === undefined) return;
    this.back = found;
    const entry = history.at(found)!;
    this.buffer = { text: entry, cursor: entry.indexOf(part) };
  }

  private async complete(): Promise<void> {
    const { buffer } = this;
    this.completing = true;
    const before = buffer.text.slice(0, buffer.cursor);
    // A name that cannot be looked up is no reason to end the shell.
    const [names, replaced] = await this.options.complete(before).catch((): [string[], string] => [[], ""]);
    this.completing = false;
    const common = commonPrefix(names);
    const [only] = names;
    if (names.length === 1 || common.length > replaced.length) {
      const piece = names.length === 1 && !/[/('.]$/.test(only!) ? `${only!} ` : common;
      const from = buffer.cursor - replaced.length;
      this.change(edit.replaceRange(buffer.text, from, buffer.cursor, piece));
    } else if (names.length > 1) {
      this.notes = this.screen.inColumns(names);
    }
    this.render();
    this.pressTypedAhead();
  }

  private render(): void {
    const { buffer, search } = this;
    const spans = this.options.colors ? highlight(buffer.text) : [];
    const notes = search === undefined ? this.notes : [`search back: ${search.part}_`];
    this.screen.draw(buffer, (start, end) => paint(buffer.text, start, end, spans), notes);
  }
}

/** Escape sequences that nobody bound are no text. */
function isText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text);
}

/** Of all names, without regard to case, as the first one spells it. */
function commonPrefix([first = "", ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) while (!other.toLowerCase().startsWith(first.slice(0, length).toLowerCase())) length--;
  return first.slice(0, length);
}
