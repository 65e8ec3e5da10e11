import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../src/streaming/checkpoint/file-system.ts";
import { Journal } from "../../src/streaming/journal.ts";
import { SimulatedFiles } from "./checkpoint/simulated-files.ts";

const open = (files: FileSystem): Promise<Journal> => Journal.open(files, "/journal", 50);

async function bodies(journal: Journal): Promise<string[]> {
  const found: string[] = [];
  for await (const entries of journal.read(journal.start, journal.end, 25)) {
    found.push(...entries.map(({ body }) => body.toString()));
  }
  return found;
}

/** Three rounds of two bodies at once. */
async function run(files: FileSystem): Promise<string[]> {
  const acknowledged: string[] = [];
  let journal: Journal | undefined;
  try {
    journal = await open(files);
    for (let round = 0; round < 3; round++) {
      const sent = ["a", "b"].map(async (name) => {
        await journal!.append(Buffer.from(`${name}${round} `.repeat(4)), 1);
        acknowledged.push(`${name}${round}`);
      });
      await Promise.allSettled(sent);
    }
  } catch (error) {
    if ((error as { code?: string }).code !== "io") throw error;
  }
  await journal?.close().catch(() => undefined);
  return acknowledged;
}

describe("a journal", () => {
  it("keeps bodies in order, in segments that are removed when they were read", async () => {
    const files = new SimulatedFiles();
    expect(await run(files)).toEqual(["a0", "b0", "a1", "b1", "a2", "b2"]);
    const journal = await open(files);
    const all = await bodies(journal);
    expect(all.map((body) => body.slice(0, 2))).toEqual(["a0", "b0", "a1", "b1", "a2", "b2"]);
    expect(files.contents().size).toBe(3);
    const entry = 16 + 12;
    expect(await journal.advance(0, 1)).toBe(entry);
    expect(await journal.advance(entry, 3)).toBe(4 * entry);
    expect(await journal.advance(0, 1e6)).toBe(journal.end);
    await journal.release(3 * entry);
    expect(journal.start).toBe(2 * entry);
    expect((await bodies(journal)).length).toBe(4);
    await expect(journal.advance(0, 1)).rejects.toThrow("what stood at 0 was removed");
    await journal.close();
  });

  it("finds damage", async () => {
    const files = new SimulatedFiles();
    await run(files);
    const [path, bytes] = [...files.contents()].sort(([a], [b]) => (a < b ? -1 : 1))[0]!;
    bytes[20]! ^= 1;
    files.replace(path, bytes);
    const journal = await open(files);
    await expect(bodies(journal)).rejects.toThrow('the journal "/journal" is damaged at 0');
    await journal.close();
  });

  it.each(["killed", "without power"])("has what it acknowledged after a crash at any step: %s", async (how) => {
    const whole = new SimulatedFiles();
    await run(whole);
    let seed = 7;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    expect(whole.steps).toBeGreaterThan(10);
    for (let step = 0; step < whole.steps; step++) {
      for (const dies of [true, false]) {
        const files = new SimulatedFiles();
        files.fault = { step, code: "EIO", dies };
        const acknowledged = await run(files);
        const after = how === "killed" ? files.afterKill() : files.afterPowerLoss(random);
        const journal = await open(after);
        const found = await bodies(journal);
        // Each is whole, and there once; one that was not acknowledged may be there.
        for (const body of found) expect(body).toBe(`${body.slice(0, 2)} `.repeat(4));
        const names = found.map((body) => body.slice(0, 2));
        expect(new Set(names).size).toBe(names.length);
        expect(names.filter((name) => acknowledged.includes(name))).toEqual(acknowledged);
        await journal.append(Buffer.from("more more more more "), 1);
        expect((await bodies(journal)).length).toBe(found.length + 1);
        await journal.close();
      }
    }
  });
});
