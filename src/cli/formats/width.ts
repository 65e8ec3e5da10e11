/** Cells of a terminal line. */

/** Measures the terminal columns of these texts. string-width and its tables are loaded for text beyond ASCII only. */
export async function widthFunction(texts: readonly string[]): Promise<(text: string) => number> {
  if (texts.every(isAscii)) return (text) => text.length;
  const { default: stringWidth } = await import("string-width");
  return (text) => (isAscii(text) ? text.length : stringWidth(text));
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 126) return false;
  return true;
}

/** Control characters would tear the table apart or drive the terminal: shown as escapes. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (c) => NAMED[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0" };
