/**
 * What orders and lineitem both derive from the streams of the lines: an order's total price and status sum up its
 * lines. Every line stream spends seven draws per order, however many lines it has.
 */
import { drawColumn } from "../columns.ts";
import { next, pick, pickLarge, skip } from "../random.ts";
import type { Population } from "../schema.ts";

export const MAX_LINES = 7;

/** 1992-01-01, the first order date, and 1995-06-17, the "current" date, as days since 1970-01-01. */
export const FIRST_DATE = 8035;
export const CURRENT_DATE = 9298;
const ORDER_DATES = 2406;

const SEED = {
  orderDate: 1066728069,
  lineCount: 1434868289,
  quantity: 209208115,
  discount: 554590007,
  tax: 721958466,
  partKey: 1808217256,
  shipDate: 1769349045,
};

export function orderDates(firstOrder: number, orders: number): Int32Array {
  return drawColumn(skip(SEED.orderDate, firstOrder), orders, FIRST_DATE, ORDER_DATES);
}

/** Lines of each order, 1 to 7. */
export function lineCounts(firstOrder: number, orders: number): Int32Array {
  return drawColumn(skip(SEED.lineCount, firstOrder), orders, 1, MAX_LINES);
}

/** Order keys use 8 of every 32 numbers (clause 4.2.3); `index` counts from 1. */
export function orderKey(index: number): number {
  return Math.floor(index / 8) * 32 + (index % 8);
}

/** Cents: clause 4.2.3's P_RETAILPRICE. */
export function retailPrice(partKey: number): number {
  return 90000 + (Math.floor(partKey / 10) % 20001) + (partKey % 1000) * 100;
}

/** One draw per line: low + [0, range). */
export function drawLines(
  seed: number,
  firstOrder: number,
  counts: Int32Array,
  lines: number,
  low: number,
  range: number,
): Int32Array {
  const values = new Int32Array(lines);
  let state = skip(seed, firstOrder * MAX_LINES);
  let line = 0;
  for (let order = 0; order < counts.length; order++) {
    const count = counts[order]!;
    for (let i = 0; i < count; i++) {
      state = next(state);
      values[line++] = low + pick(state, range);
    }
    for (let i = count; i < MAX_LINES; i++) state = next(state);
  }
  return values;
}

function drawPartKeys(firstOrder: number, counts: Int32Array, lines: number, parts: number): Float64Array {
  const values = new Float64Array(lines);
  let state = skip(SEED.partKey, firstOrder * MAX_LINES);
  let line = 0;
  for (let order = 0; order < counts.length; order++) {
    const count = counts[order]!;
    for (let i = 0; i < count; i++) {
      state = next(state);
      values[line++] = 1 + pickLarge(state, parts);
    }
    for (let i = count; i < MAX_LINES; i++) state = next(state);
  }
  return values;
}

/** Columns by line, except `orderDate` and `counts` by order. Prices in cents, discount and tax in percent. */
export type OrderLines = {
  readonly lines: number;
  readonly counts: Int32Array;
  readonly orderDate: Int32Array;
  readonly quantity: Int32Array;
  readonly discount: Int32Array;
  readonly tax: Int32Array;
  readonly partKey: Float64Array;
  readonly extendedPrice: Int32Array;
  readonly shipDate: Int32Array;
};

export function orderLines(counts: Population, firstOrder: number, orders: number): OrderLines {
  const perOrder = lineCounts(firstOrder, orders);
  const lines = perOrder.reduce((sum, count) => sum + count, 0);
  const orderDate = orderDates(firstOrder, orders);
  const quantity = drawLines(SEED.quantity, firstOrder, perOrder, lines, 1, 50);
  const partKey = drawPartKeys(firstOrder, perOrder, lines, counts.part);
  const extendedPrice = new Int32Array(lines);
  for (let line = 0; line < lines; line++) extendedPrice[line] = retailPrice(partKey[line]!) * quantity[line]!;
  const shipDate = drawLines(SEED.shipDate, firstOrder, perOrder, lines, 1, 121);
  let line = 0;
  for (let order = 0; order < orders; order++) {
    const date = orderDate[order]!;
    for (let i = perOrder[order]!; i > 0; i--) shipDate[line++]! += date;
  }
  return {
    lines,
    counts: perOrder,
    orderDate,
    quantity,
    discount: drawLines(SEED.discount, firstOrder, perOrder, lines, 0, 11),
    tax: drawLines(SEED.tax, firstOrder, perOrder, lines, 0, 9),
    partKey,
    extendedPrice,
    shipDate,
  };
}
