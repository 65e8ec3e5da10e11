/** `fail_with {message, type}`: (site, words of a value) raises the site's error under the message, and says the value. */
import type { SqlType } from "../../types/types.ts";
import { formatDatum } from "../../types/literals.ts";
import type { HostFamily } from "./host.ts";
import { datumOf } from "./values.ts";

/** What generated code names such an error by. */
export type NamedError = { readonly message: string; readonly type: SqlType };

const MOST_CHARACTERS = 60;

/** `: value`, cut where it is long. */
export function withValue(message: string, value: string): string {
  const shown = value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}...` : value;
  return `${message}: ${shown}`;
}

export const failWith: HostFamily = (argument) => {
  const { message, type } = JSON.parse(argument) as NamedError;
  return (rt, site: number, lo: number | bigint, hi: number | bigint = 0) => {
    const value = datumOf(rt, type, lo, hi);
    return rt.fail(site, value === null ? message : withValue(message, formatDatum(value, type)));
  };
};
