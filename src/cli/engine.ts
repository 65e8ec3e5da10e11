/** What the shell needs of the public API, loaded when the first statement runs: `--help` and usage errors stay instant. */
import type { ResultColumn } from "./formats/format.ts";

export type StatementResult = {
  readonly kind: "rows" | "ok";
  readonly columns?: readonly ResultColumn[] | undefined;
  readonly rows?: readonly (readonly unknown[])[] | undefined;
  readonly rowCount?: number | undefined;
};

export type ShellSession = {
  execute(sql: string): Promise<readonly StatementResult[]>;
  close(): Promise<void>;
};

export type SessionOptions = { readonly workers?: number; readonly memoryLimit?: string };

/** Temporal values come as exact text: the shell prints microseconds, which a Date would drop. */
export async function openSession(options: SessionOptions): Promise<ShellSession> {
  const engine = (await import(new URL("../index.js", import.meta.url).href)) as {
    connect(options: SessionOptions & { temporal: "string" }): Promise<ShellSession>;
  };
  return engine.connect({ ...options, temporal: "string" });
}
