import { FunctionBuilder, host, i32, load, num } from "../../planner/ir/builder.ts";
import type { FunctionRef, Ir, IrFunction, Local, Stmt } from "../../planner/ir/ir.ts";
import { FIRST_QUERY_OWNER, OWNER_MAP, OWNER_TABLES, PAGE_BYTES } from "../memory/shared-memory.ts";

const WILD_ACCESS: FunctionRef = host("wildAccess", ["i32", "i32"], []);

/**
 * Instruments code for the test configuration `checked-memory`: before every load, store, fill and copy, the first and the last
 * page that it touches must belong to a query, or to a table where it only reads. Page 0 may be read: address 0 is the
 * missing row of an outer join, all zero. A shared memory does not trap on wild addresses by itself.
 */
export function checkAccesses(functions: readonly IrFunction[]): readonly IrFunction[] {
  return [...functions.map(instrument), checkFunction(CHECK_READ, true), checkFunction(CHECK_WRITE, false)];
}

const selfRef = (name: string): FunctionRef => ({ module: "self", name, params: ["i32", "i32"], results: ["i32"] });
const CHECK_READ = selfRef("checkRead");
const CHECK_WRITE = selfRef("checkWrite");

/** `check(address, bytes)`: the address, if the first and last byte's pages have an owner with this right. */
function checkFunction(ref: FunctionRef, read: boolean): IrFunction {
  const b = new FunctionBuilder(ref.name, ref.params, ref.results, false);
  const [address, bytes] = [b.param(0), b.param(1)];
  const foreign = (at: Ir): Ir => {
    const owner = load("i32.load16_u", num("i32.shl", num("i32.shr_u", at, i32(16)), i32(1)), OWNER_MAP);
    return num("i32.lt_u", owner, i32(read ? OWNER_TABLES : FIRST_QUERY_OWNER));
  };
  const last = b.let(num("i32.sub", num("i32.add", address, bytes), i32(1)));
  const wild = num("i32.or", foreign(address), foreign(last));
  const nullPage = read ? num("i32.lt_u", last, i32(PAGE_BYTES)) : i32(0);
  b.if(num("i32.and", num("i32.ne", bytes, i32(0)), num("i32.and", num("i32.eqz", nullPage), wild)), () =>
    b.call(WILD_ACCESS, address, bytes),
  );
  b.return(address);
  return b.finish();
}

function accessBytes(name: string): number {
  const match = /(?:load|store|load_splat)(\d+)/.exec(name);
  if (name.startsWith("v128.load") && match !== null) return name.includes("x") ? 8 : Number(match[1]) / 8;
  if (match !== null) return Number(match[1]) / 8;
  return name.startsWith("v128") ? 16 : name.startsWith("i64") || name.startsWith("f64") ? 8 : 4;
}

function instrument(fn: IrFunction): IrFunction {
  const locals: Local[] = [...fn.locals];
  const scratch = (): Local => {
    const local: Local = { index: locals.length, type: "i32", name: undefined };
    locals.push(local);
    return local;
  };
  /** The address, checked: the check gets address + offset, the instruction the address itself. */
  const checked = (check: FunctionRef, address: Ir, offset: number, bytes: Ir): Ir => {
    const local = scratch();
    const at: Ir = { op: "tee", type: "i32", local, value: ir(address) };
    const verified: Ir = { op: "call", type: "i32", fn: check, args: [num("i32.add", at, i32(offset)), bytes] };
    return num("i32.sub", verified, i32(offset));
  };
  const ir = (node: Ir): Ir => {
    switch (node.op) {
      case "const":
      case "v128.const":
      case "get":
        return node;
      case "tee":
        return { ...node, value: ir(node.value) };
      case "load":
        return { ...node, address: checked(CHECK_READ, node.address, node.offset, i32(accessBytes(node.name))) };
      case "atomic": {
        const [address, ...rest] = node.args;
        const bytes = i32(node.name.startsWith("i64") ? 8 : 4);
        return { ...node, args: [checked(CHECK_WRITE, address as Ir, node.offset, bytes), ...rest.map(ir)] };
      }
      case "select":
      case "ifelse":
        return { ...node, cond: ir(node.cond), then: ir(node.then), otherwise: ir(node.otherwise) };
      case "num":
      case "lane":
      case "call":
        return { ...node, args: node.args.map(ir) };
      default:
        return node satisfies never;
    }
  };
  const range = (check: FunctionRef, address: Ir, bytes: Ir): Ir => checked(check, address, 0, bytes);
  const stmt = (node: Stmt): Stmt => {
    switch (node.op) {
      case "set":
        return { ...node, value: ir(node.value) };
      case "store":
        return {
          ...node,
          address: checked(CHECK_WRITE, node.address, node.offset, i32(accessBytes(node.name))),
          value: ir(node.value),
        };
      case "if":
        return { ...node, cond: ir(node.cond), then: node.then.map(stmt), otherwise: node.otherwise.map(stmt) };
      case "block":
      case "loop":
        return { ...node, body: node.body.map(stmt) };
      case "br":
        return node.cond === undefined ? node : { ...node, cond: ir(node.cond) };
      case "callTo":
        return { ...node, args: node.args.map(ir) };
      case "return":
        return { ...node, values: node.values.map(ir) };
      case "memory.fill":
        return {
          ...node,
          address: range(CHECK_WRITE, node.address, ir(node.bytes)),
          value: ir(node.value),
          bytes: ir(node.bytes),
        };
      case "memory.copy":
        return {
          ...node,
          to: range(CHECK_WRITE, node.to, ir(node.bytes)),
          from: range(CHECK_READ, node.from, ir(node.bytes)),
          bytes: ir(node.bytes),
        };
      case "unreachable":
        return node;
      default:
        return node satisfies never;
    }
  };
  return { ...fn, body: fn.body.map(stmt), locals };
}
