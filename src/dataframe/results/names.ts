/** Makes names distinct, as they come: the second `a` is `a_1`. */
export function uniqueNames(names: readonly string[]): string[] {
  const given = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 1; seen.has(unique) || (unique !== name && given.has(unique)); i++) unique = `${name}_${i}`;
    seen.add(unique);
    return unique;
  });
}
