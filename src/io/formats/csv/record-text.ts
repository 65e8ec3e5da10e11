export type CsvTextOptions = {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly nullText: string;
};

/** Makes the text of a record, without a line feed; null is a missing value, and text that looks like one is quoted. */
export function recordText({
  delimiter,
  quote,
  escape,
  nullText,
}: CsvTextOptions): (fields: readonly (string | null)[]) => string {
  const characters = [delimiter, quote].map((c) => c.replaceAll(/[\\\]^-]/g, "\\$&")).join("");
  const special = new RegExp(`[\\r\\n${characters}]`);
  const text = (field: string | null): string => {
    if (field === null) return nullText;
    if (field !== nullText && field !== "" && !special.test(field)) return field;
    const inner = escape === quote ? field : field.replaceAll(escape, escape + escape);
    return quote + inner.replaceAll(quote, escape + quote) + quote;
  };
  return (fields) => fields.map(text).join(delimiter);
}
