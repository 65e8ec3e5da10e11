import { describe, expect, it } from "vitest";
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
