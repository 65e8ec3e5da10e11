/** Cells of a terminal line. */

/** Terminal columns that `text` takes. string-width and its tables are loaded for the first text beyond ASCII only. */
export function widthOf(text: string): number | Promise<number> {
  return isAscii(text) ? text.length : wideWidth(text);
}

async function wideWidth(text: string): Promise<number> {
  return (await import("string-width")).default(text);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 126) return false;
  return true;
}

/** Control characters would tear the table apart or drive the terminal: shown as escapes. */
export function escapeControls(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => NAMED[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0" };
