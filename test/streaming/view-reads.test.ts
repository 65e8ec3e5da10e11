/** Views that are read again after their rows were put into fewer chunks. */
import { connect } from "headrace";
import { expect, it } from "vitest";
import { rowsOf } from "./prefix/oracle.ts";

it("a plan that has read a view reads its rows where they are now", async () => {
  const db = await connect({ workers: 1 });
  try {
    const stream = db.stream<{ id: number }>("s", { id: "INTEGER" }, { changes: true });
    const view = await db.sql("SELECT id, 'row number ' || id AS text FROM s").materialize("v");
    const rows = Array.from({ length: 2000 }, (_, id) => ({ id }));
    await stream.push(rows);
    await stream.remove(rows.slice(0, 1000));
    await view.flush();
    const before = await rowsOf(db, "FROM v");
    expect(before.length).toBe(1000);
    const old = view.stats().stateBytes;
    await view.compact();
    expect(view.stats().stateBytes).toBeLessThan(old);
    // Where the rows were is something else.
    await db.sql("SELECT i, -i AS j, 'other ' || i AS text FROM range(50000) r(i) ORDER BY j, text").collect();
    expect(await rowsOf(db, "FROM v")).toEqual(before);
  } finally {
    await db.close();
  }
});
