/** What becomes of records that are no rows: the option `parse-errors`. */
import { HeadraceError } from "../../error.ts";
import type { BadRecord } from "./formats/decode-records.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { OptionReader } from "./options.ts";

export type BadRecordPolicy =
  | { readonly kind: "fail" }
  | { readonly kind: "skip" }
  /** `path`: of the file that they go to. */
  | { readonly kind: "dead-letter"; readonly path: string };

export const PARSE_OPTIONS: readonly string[] = ["parse-errors", "dead-letter.path"];

/** Throws `bind`. */
export function badRecordPolicy(options: OptionReader): BadRecordPolicy {
  const kind = options.choice("parse-errors", ["fail", "skip", "dead-letter"]) ?? "fail";
  if (kind === "dead-letter") return { kind, path: options.required("dead-letter.path") };
  if (options.text("dead-letter.path") !== undefined) {
    throw options.wrong("dead-letter.path", "left out where 'parse-errors' is not 'dead-letter'");
  }
  return { kind };
}

/** A bad record and where it lies. */
export type PlacedRecord = BadRecord & {
  /** Byte of the partition at which it begins. */
  readonly position: number;
};

export class BadRecords {
  private readonly policy: BadRecordPolicy;
  private letters: DeadLetters | undefined;
  /** Records that were left out. */
  count = 0;

  constructor(policy: BadRecordPolicy) {
    this.policy = policy;
  }

  /**
   * Takes bad records of a partition, in order.
   *
   * @param describe where one lies, for the error
   */
  async take(
    partition: string,
    records: readonly PlacedRecord[],
    describe: (record: PlacedRecord) => string,
  ): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    if (this.policy.kind === "fail") {
      throw new HeadraceError("format", `${describe(first)}: ${first.message}`, {
        hint: "'parse-errors' = 'skip' leaves such records out, 'dead-letter' keeps them in a file",
      });
    }
    this.count += records.length;
    if (this.policy.kind === "skip") return;
    this.letters ??= await DeadLetters.open(this.policy.path);
    await this.letters.append(partition, records);
  }

  async close(): Promise<void> {
    await this.letters?.close();
    this.letters = undefined;
  }
}
