import { describe, expect, it } from "vitest";
import { barText } from "../../../src/cli/progress-bar.ts";
import { isComplete } from "../../../src/cli/interactive.ts";

describe("the interactive shell", () => {
  it.each([
    ["select 1;", true],
    ["select 1; -- done\n", true],
    ["select 1", false],
    ["select ';", false],
    ["select ';';", true],
    ["select 1; select 2", false],
    ["select $$;$$", false],
    ["/* ; */ select 1 /* ; */", false],
  ])("knows whether %j has ended", (text, expected) => {
    expect(isComplete(text)).toBe(expected);
  });
});

describe("the progress bar", () => {
  const progress = { step: "TableScan t", stepsDone: 1, steps: 4, morselsDone: 3, morsels: 6, fraction: 0.25 };

  it("counts steps, and the parts of the present one", () => {
    expect(barText(progress, 2345)).toBe(`${"█".repeat(11)}${"░".repeat(19)}  37 % 2 s  TableScan t`);
    expect(barText({ ...progress, stepsDone: 4, morselsDone: 0, morsels: 0 }, 2345)).toContain("100 %");
  });
});
