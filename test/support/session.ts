/** The part of a session that scripts need: our engine and the oracle both have it. */
export type TestColumn = { readonly name: string; readonly type: string };

export type TestResult = {
  readonly kind: "rows" | "ok";
  readonly columns?: readonly TestColumn[] | undefined;
  readonly rows?: readonly (readonly unknown[])[] | undefined;
  readonly rowCount?: number | undefined;
};

export type TestSession = {
  execute(sql: string): Promise<readonly TestResult[]>;
  close(): Promise<void>;
};
