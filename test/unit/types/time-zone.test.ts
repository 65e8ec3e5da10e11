import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatInstant, parseInstant, parseTimestamp } from "../../../src/planner/types/date-time.ts";
import { instantOfLocal, localOfInstant, openTimeZone, type TimeZone } from "../../../src/planner/types/time-zone.ts";

const zone = (name: string): TimeZone => openTimeZone(name) as TimeZone;
const ZONES = [
  "America/Los_Angeles",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "America/Sao_Paulo",
  "UTC",
];

/** The offset that Intl shows, in seconds. */
function offsetByIntl(name: string, seconds: number): number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  const text = format.formatToParts(seconds * 1000).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours = "0", minutes = "0", rest = "0"] = /GMT([+-])(\d+):(\d+)(?::(\d+))?/.exec(text) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(rest));
}

describe("offsets", () => {
  test.each(ZONES)("%s has those that Intl has", (name) => {
    const { offsetAt } = zone(name);
    fc.assert(
      fc.property(fc.integer({ min: -6_000_000_000, max: 6_000_000_000 }), (seconds) => {
        expect(offsetAt(seconds) + 0).toBe(offsetByIntl(name, seconds) + 0);
      }),
      { numRuns: 200 },
    );
  });

  test.each(ZONES)("%s: wall time leads back, to the instant or an hour of it", (name) => {
    const known = zone(name);
    fc.assert(
      fc.property(fc.bigInt({ min: -4_000_000_000_000_000n, max: 4_000_000_000_000_000n }), (instant) => {
        const local = localOfInstant(known, instant);
        expect(localOfInstant(known, instantOfLocal(known, local))).toBe(local);
      }),
      { numRuns: 300 },
    );
  });
});

test("names in any case, offsets, unknown ones", () => {
  expect(zone("america/new_york").name).toBe("America/New_York");
  expect(zone("gmt").name).toBe("UTC");
  expect(zone("-07:30").offsetAt(0)).toBe(-27_000);
  expect(zone("+05:30").offsetAt(0)).toBe(19_800);
  expect(openTimeZone("Nowhere/City")).toBeUndefined();
});

test("hours that are not there and hours that are there twice", () => {
  const known = zone("America/Los_Angeles");
  const shown = (text: string): string =>
    formatInstant(instantOfLocal(known, parseTimestamp(text, "us") as bigint), known);
  expect(shown("2024-03-10 02:30:00")).toBe("2024-03-10 03:30:00-07");
  expect(shown("2024-11-03 01:30:00")).toBe("2024-11-03 01:30:00-08");
  expect(shown("2024-11-03 00:59:59")).toBe("2024-11-03 00:59:59-07");
});

test("text with offsets and zones of its own", () => {
  const zones = { zone: zone("Asia/Tokyo"), named: openTimeZone };
  const shown = (text: string): string | undefined => {
    const instant = parseInstant(text, zones);
    return instant === undefined ? undefined : formatInstant(instant, zone("UTC"));
  };
  expect(shown("2024-01-01 12:00:00")).toBe("2024-01-01 03:00:00+00");
  expect(shown("2024-01-01 12:00:00+02:30")).toBe("2024-01-01 09:30:00+00");
  expect(shown("2024-01-01 12:00:00 Europe/Berlin")).toBe("2024-01-01 11:00:00+00");
  expect(shown("2024-01-01 12:00:00 Nowhere")).toBeUndefined();
  expect(shown("-infinity")).toBe("-infinity");
});
