/** The value lists of the TPC-H specification, clauses 4.2.2.13 (columns) and 4.2.3 (populations), in the order that draws index. */

export const REGIONS: readonly string[] = ["AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"];

/** Name and region key, by nation key. */
export const NATIONS: readonly (readonly [name: string, region: number])[] = `
  ALGERIA 0, ARGENTINA 1, BRAZIL 1, CANADA 1, EGYPT 4, ETHIOPIA 0, FRANCE 3, GERMANY 3, INDIA 2, INDONESIA 2, IRAN 4,
  IRAQ 4, JAPAN 2, JORDAN 4, KENYA 0, MOROCCO 0, MOZAMBIQUE 0, PERU 1, CHINA 2, ROMANIA 3, SAUDI ARABIA 4, VIETNAM 2,
  RUSSIA 3, UNITED KINGDOM 3, UNITED STATES 1
`
  .trim()
  .split(/,\s+/)
  .map((item) => [item.slice(0, -2), Number(item.slice(-1))]);

export const MARKET_SEGMENTS: readonly string[] = ["AUTOMOBILE", "BUILDING", "FURNITURE", "HOUSEHOLD", "MACHINERY"];
export const ORDER_PRIORITIES: readonly string[] = ["1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"];
export const SHIP_INSTRUCTIONS: readonly string[] = ["DELIVER IN PERSON", "COLLECT COD", "TAKE BACK RETURN", "NONE"];
export const SHIP_MODES: readonly string[] = ["REG AIR", "AIR", "RAIL", "TRUCK", "MAIL", "FOB", "SHIP"];

/** Every combination, the last list varying fastest. */
function combine(...lists: readonly (readonly string[])[]): readonly string[] {
  return lists.reduce((left, right) => left.flatMap((a) => right.map((b) => `${a} ${b}`)));
}

export const PART_TYPES: readonly string[] = combine(
  ["STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO"],
  ["ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED"],
  ["TIN", "NICKEL", "BRASS", "STEEL", "COPPER"],
);

export const CONTAINERS: readonly string[] = combine(
  ["SM", "LG", "MED", "JUMBO", "WRAP"],
  ["CASE", "BOX", "BAG", "JAR", "PACK", "PKG", "CAN", "DRUM"],
);

/** The words of p_name. */
export const COLORS: readonly string[] = `
  almond antique aquamarine azure beige bisque black blanched blue blush brown burlywood burnished chartreuse
  chiffon chocolate coral cornflower cornsilk cream cyan dark deep dim dodger drab firebrick floral forest frosted
  gainsboro ghost goldenrod green grey honeydew hot indian ivory khaki lace lavender lawn lemon light lime linen
  magenta maroon medium metallic midnight mint misty moccasin navajo navy olive orange orchid pale papaya peach peru
  pink plum powder puff purple red rose rosy royal saddle salmon sandy seashell sienna sky slate smoke snow spring
  steel tan thistle tomato turquoise violet wheat white yellow
`
  .trim()
  .split(/\s+/);
