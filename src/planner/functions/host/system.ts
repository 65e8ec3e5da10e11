import { randomUUID } from "node:crypto";
import { type HostFunction, numberCell } from "./host.ts";

export const SYSTEM_HOST_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  /** The two words of a random UUID (version 4). */
  uuid: (rt) => {
    const value = BigInt(`0x${randomUUID().replaceAll("-", "")}`);
    return numberCell(rt, (view) => {
      view.setBigUint64(0, BigInt.asUintN(64, value), true);
      view.setBigUint64(8, value >> 64n, true);
    });
  },
};
