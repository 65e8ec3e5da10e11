export type CsvTextOptions = {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly nullText: string;
};

/** Makes the text of a record, without a line feed; null is a missing value. */
export function recordText(options: CsvTextOptions): (fields: readonly (string | null)[]) => string {
  const quoted = fieldText(options);
  const { delimiter, nullText } = options;
  return (fields) => fields.map((field) => (field === null ? nullText : quoted(field))).join(delimiter);
}

/** Quotes a field where it needs it: with a delimiter, a quote, an end of line, or where it looks like a missing value. */
export function fieldText({ delimiter, quote, escape, nullText }: CsvTextOptions): (field: string) => string {
  const characters = [delimiter, quote].map((c) => c.replaceAll(/[\\\]^-]/g, "\\$&")).join("");
  const special = new RegExp(`[\\r\\n${characters}]`);
  return (field) => {
    if (field !== nullText && field !== "" && !special.test(field)) return field;
    const inner = escape === quote ? field : field.replaceAll(escape, escape + escape);
    return quote + inner.replaceAll(quote, escape + quote) + quote;
  };
}
