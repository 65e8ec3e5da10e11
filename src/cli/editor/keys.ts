/** What keys do, in the manner of Emacs and readline. */
import type { Key } from "node:readline";

export type Action =
  | "accept"
  | "new-line"
  | "complete"
  | "interrupt"
  | "end-of-input"
  | "suspend"
  | "clear-screen"
  | "left"
  | "right"
  | "up"
  | "down"
  | "word-left"
  | "word-right"
  | "line-start"
  | "line-end"
  | "text-start"
  | "text-end"
  | "previous-entry"
  | "next-entry"
  | "search"
  | "cancel"
  | "delete-left"
  | "delete-right"
  | "delete-word-left"
  | "delete-word-right"
  | "delete-line-start"
  | "delete-line-end"
  | "yank"
  | "undo"
  | "paste-start"
  | "paste-end";

const PLAIN: Readonly<Record<string, Action>> = {
  return: "accept",
  enter: "new-line", // line feed: Ctrl-J, or a line of pasted text
  tab: "complete",
  left: "left",
  right: "right",
  up: "up",
  down: "down",
  home: "line-start",
  end: "line-end",
  backspace: "delete-left",
  delete: "delete-right",
  escape: "cancel",
  "paste-start": "paste-start",
  "paste-end": "paste-end",
};

const CONTROL: Readonly<Record<string, Action>> = {
  a: "line-start",
  b: "left",
  c: "interrupt",
  d: "end-of-input",
  e: "line-end",
  f: "right",
  g: "cancel",
  h: "delete-left",
  k: "delete-line-end",
  l: "clear-screen",
  n: "next-entry",
  p: "previous-entry",
  r: "search",
  u: "delete-line-start",
  w: "delete-word-left",
  y: "yank",
  z: "suspend",
  _: "undo",
  left: "word-left",
  right: "word-right",
  home: "text-start",
  end: "text-end",
  backspace: "delete-word-left",
  delete: "delete-word-right",
};

const META: Readonly<Record<string, Action>> = {
  b: "word-left",
  f: "word-right",
  d: "delete-word-right",
  left: "word-left",
  right: "word-right",
  backspace: "delete-word-left",
  return: "new-line",
  enter: "new-line",
  "<": "text-start",
  ">": "text-end",
};

/** Undefined: the key stands for its character, or for nothing. */
export function actionOf({ name, ctrl, meta, sequence }: Key): Action | undefined {
  if (sequence === "\x1f") return "undo";
  if (meta === true) return META[name ?? sequence?.slice(1) ?? ""];
  return (ctrl === true ? CONTROL : PLAIN)[name ?? ""];
}
