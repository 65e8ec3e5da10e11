/** What a reader takes for one character, by Unicode's rules (UAX #29). */
export function graphemes(text: string): string[] {
  return Array.from(segmenter().segment(text), ({ segment }) => segment);
}

/** Made when first needed: its tables take as long to load as all our other modules to run. */
const segmenter: () => Intl.Segmenter = (() => {
  let made: Intl.Segmenter | undefined;
  return () => (made ??= new Intl.Segmenter("en", { granularity: "grapheme" }));
})();
