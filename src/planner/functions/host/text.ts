/** What takes Unicode tables or is too rare for a kernel. */
import { type HostFunction, readText, textCell } from "./host.ts";

export const TEXT_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  lower: (rt, address: number, length: number) => textCell(rt, readText(rt, address, length).toLowerCase()),
  upper: (rt, address: number, length: number) => textCell(rt, readText(rt, address, length).toUpperCase()),
};
