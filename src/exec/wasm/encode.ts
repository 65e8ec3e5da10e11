import type { FunctionRef, Ir, IrFunction, Stmt, ValueType } from "../../planner/ir/ir.ts";
import { type LocalSlots, localSlots } from "./local-slots.ts";
import { ATOMIC, MEMORY, NUMERIC, SATURATING, SIMD, SIMD_LANE, SIMD_MEMORY } from "./opcodes.ts";

/**
 * Encodes IR functions as one WebAssembly module (binary format, core specification 5.5). The module imports the shared
 * memory as `env.memory`, kernels from `kernel` and host functions from `host`. Functions with more than
 * `mostUnsharedLocals` locals share slots among them.
 */
export function encodeModule(
  functions: readonly IrFunction[],
  memoryPages: number,
  mostUnsharedLocals?: number,
): Uint8Array<ArrayBuffer> {
  const types = new TypeSection();
  const imports = collectImports(functions);
  const indexOf = new Map<string, number>();
  for (const ref of imports) indexOf.set(key(ref), indexOf.size);
  for (const fn of functions) {
    if (indexOf.has(key(fn.ref))) throw new Error(`function ${fn.ref.name} is defined twice`);
    indexOf.set(key(fn.ref), indexOf.size);
  }

  const importSection = new Bytes();
  importSection.u32(imports.length + 1);
  importSection.name("env").name("memory").byte(0x02).byte(0x03).u32(0).u32(memoryPages);
  for (const ref of imports) importSection.name(ref.module).name(ref.name).byte(0x00).u32(types.index(ref));

  const functionSection = new Bytes();
  functionSection.u32(functions.length);
  for (const fn of functions) functionSection.u32(types.index(fn.ref));

  const exported = functions.filter((fn) => fn.exported);
  const exportSection = new Bytes();
  exportSection.u32(exported.length);
  for (const fn of exported)
    exportSection
      .name(fn.ref.name)
      .byte(0x00)
      .u32(indexOf.get(key(fn.ref)) as number);

  const codeSection = new Bytes();
  codeSection.u32(functions.length);
  for (const fn of functions) {
    const body = new CodeEncoder(fn, localSlots(fn, mostUnsharedLocals), indexOf, types).encode();
    codeSection.u32(body.length).bytes(body);
  }

  const module = new Bytes();
  module.bytes(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00));
  module.section(1, types.encode()).section(2, importSection.take()).section(3, functionSection.take());
  module.section(7, exportSection.take()).section(10, codeSection.take());
  return module.take();
}

const key = (ref: FunctionRef): string => `${ref.module}.${ref.name}`;

const VALUE_TYPE: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Growable bytes with the format's integer encodings. */
class Bytes {
  private buffer = new Uint8Array(256);
  private size = 0;

  private reserve(bytes: number): void {
    if (this.size + bytes <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.size + bytes));
    grown.set(this.buffer.subarray(0, this.size));
    this.buffer = grown;
  }

  byte(value: number): this {
    if (this.size === this.buffer.length) this.reserve(1);
    this.buffer[this.size++] = value;
    return this;
  }

  bytes(values: Uint8Array): this {
    this.reserve(values.length);
    this.buffer.set(values, this.size);
    this.size += values.length;
    return this;
  }

  /** Unsigned LEB128. */
  u32(value: number): this {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return this.byte(rest);
  }

  /** Signed LEB128 of 32 bits. */
  s32(value: number): this {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  s64(value: bigint): this {
    let rest = BigInt.asIntN(64, value);
    if (rest === BigInt(Number(rest) | 0)) return this.s32(Number(rest));
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  float(value: number, bytes: 4 | 8): this {
    const view = new DataView(new ArrayBuffer(8));
    if (bytes === 4) view.setFloat32(0, value, true);
    else view.setFloat64(0, value, true);
    return this.bytes(new Uint8Array(view.buffer, 0, bytes));
  }

  name(text: string): this {
    const utf8 = new TextEncoder().encode(text);
    return this.u32(utf8.length).bytes(utf8);
  }

  section(id: number, content: Uint8Array): this {
    return this.byte(id).u32(content.length).bytes(content);
  }

  take(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.size);
  }
}

class TypeSection {
  private readonly known = new Map<string, number>();
  private readonly content = new Bytes();

  index(ref: Pick<FunctionRef, "params" | "results">): number {
    const id = `${ref.params.join()}>${ref.results.join()}`;
    let index = this.known.get(id);
    if (index === undefined) {
      index = this.known.size;
      this.known.set(id, index);
      this.content.byte(0x60).u32(ref.params.length);
      for (const type of ref.params) this.content.byte(VALUE_TYPE[type]);
      this.content.u32(ref.results.length);
      for (const type of ref.results) this.content.byte(VALUE_TYPE[type]);
    }
    return index;
  }

  encode(): Uint8Array {
    return new Bytes().u32(this.known.size).bytes(this.content.take()).take();
  }
}

/** Names of the host functions that the code calls. */
export function hostCalls(functions: readonly IrFunction[]): readonly string[] {
  return collectImports(functions)
    .filter(({ module }) => module === "host")
    .map(({ name }) => name);
}

function collectImports(functions: readonly IrFunction[]): readonly FunctionRef[] {
  const found = new Map<string, FunctionRef>();
  const visitIr = (ir: Ir): void => {
    switch (ir.op) {
      case "const":
      case "v128.const":
      case "get":
        return;
      case "tee":
        return visitIr(ir.value);
      case "load":
        return visitIr(ir.address);
      case "select":
      case "ifelse":
        visitIr(ir.cond);
        visitIr(ir.then);
        return visitIr(ir.otherwise);
      case "call":
        if (ir.fn.module !== "self") found.set(key(ir.fn), ir.fn);
        return ir.args.forEach(visitIr);
      case "num":
      case "lane":
      case "atomic":
        return ir.args.forEach(visitIr);
      default:
        return ir satisfies never;
    }
  };
  const visit = (stmt: Stmt): void => {
    switch (stmt.op) {
      case "set":
        return visitIr(stmt.value);
      case "store":
        visitIr(stmt.address);
        return visitIr(stmt.value);
      case "if":
        visitIr(stmt.cond);
        stmt.then.forEach(visit);
        return stmt.otherwise.forEach(visit);
      case "block":
      case "loop":
        return stmt.body.forEach(visit);
      case "br":
        if (stmt.cond !== undefined) visitIr(stmt.cond);
        return;
      case "callTo":
        if (stmt.fn.module !== "self") found.set(key(stmt.fn), stmt.fn);
        return stmt.args.forEach(visitIr);
      case "return":
        return stmt.values.forEach(visitIr);
      case "memory.fill":
        return [stmt.address, stmt.value, stmt.bytes].forEach(visitIr);
      case "memory.copy":
        return [stmt.to, stmt.from, stmt.bytes].forEach(visitIr);
      case "unreachable":
        return;
      default:
        return stmt satisfies never;
    }
  };
  for (const fn of functions) fn.body.forEach(visit);
  return [...found.values()];
}

/** Encodes one function body. */
class CodeEncoder {
  private readonly out = new Bytes();
  /** Labels of the open blocks, outermost first; -1 for an `if`. */
  private readonly labels: number[] = [];
  private readonly fn: IrFunction;
  private readonly locals: LocalSlots;
  private readonly indexOf: ReadonlyMap<string, number>;
  private readonly types: TypeSection;

  constructor(fn: IrFunction, locals: LocalSlots, indexOf: ReadonlyMap<string, number>, types: TypeSection) {
    this.fn = fn;
    this.locals = locals;
    this.indexOf = indexOf;
    this.types = types;
  }

  encode(): Uint8Array {
    this.out.u32(this.locals.groups.length);
    for (const { type, count } of this.locals.groups) this.out.u32(count).byte(VALUE_TYPE[type]);
    for (const stmt of this.fn.body) this.stmt(stmt);
    // A body that ends in `return` still needs a value on the stack for the validator.
    if (this.fn.ref.results.length > 0) this.out.byte(0x00);
    return this.out.byte(0x0b).take();
  }

  private slot(index: number): number {
    const slot = this.locals.slots[index];
    if (slot === undefined) throw new Error(`local ${index} does not belong to ${this.fn.ref.name}`);
    return slot;
  }

  private call(fn: FunctionRef, args: readonly Ir[]): void {
    if (args.length !== fn.params.length)
      throw new Error(`${fn.name} takes ${fn.params.length} arguments, got ${args.length}`);
    for (const arg of args) this.ir(arg);
    const index = this.indexOf.get(key(fn));
    if (index === undefined) throw new Error(`function ${fn.name} is not part of the module`);
    this.out.byte(0x10).u32(index);
  }

  private stmt(stmt: Stmt): void {
    const out = this.out;
    switch (stmt.op) {
      case "set":
        this.ir(stmt.value);
        out.byte(0x21).u32(this.slot(stmt.local.index));
        return;
      case "store": {
        this.ir(stmt.address);
        this.ir(stmt.value);
        this.memory(stmt.name, stmt.offset);
        return;
      }
      case "if":
        this.ir(stmt.cond);
        out.byte(0x04).byte(0x40);
        this.labels.push(-1);
        for (const inner of stmt.then) this.stmt(inner);
        if (stmt.otherwise.length > 0) {
          out.byte(0x05);
          for (const inner of stmt.otherwise) this.stmt(inner);
        }
        this.labels.pop();
        out.byte(0x0b);
        return;
      case "block":
      case "loop":
        out.byte(stmt.op === "block" ? 0x02 : 0x03).byte(0x40);
        this.labels.push(stmt.label);
        for (const inner of stmt.body) this.stmt(inner);
        this.labels.pop();
        out.byte(0x0b);
        return;
      case "br": {
        if (stmt.cond !== undefined) this.ir(stmt.cond);
        const depth = this.labels.length - 1 - this.labels.lastIndexOf(stmt.label);
        if (depth === this.labels.length) throw new Error("branch to a label that is not open");
        out.byte(stmt.cond === undefined ? 0x0c : 0x0d).u32(depth);
        return;
      }
      case "callTo":
        this.call(stmt.fn, stmt.args);
        for (const local of stmt.results.toReversed()) out.byte(0x21).u32(this.slot(local.index));
        return;
      case "return":
        for (const value of stmt.values) this.ir(value);
        out.byte(0x0f);
        return;
      case "memory.fill":
        this.ir(stmt.address);
        this.ir(stmt.value);
        this.ir(stmt.bytes);
        out.byte(0xfc).u32(11).byte(0x00);
        return;
      case "memory.copy":
        this.ir(stmt.to);
        this.ir(stmt.from);
        this.ir(stmt.bytes);
        out.byte(0xfc).u32(10).byte(0x00).byte(0x00);
        return;
      case "unreachable":
        out.byte(0x00);
        return;
      default:
        stmt satisfies never;
    }
  }

  private memory(name: string, offset: number): void {
    const plain = MEMORY.get(name);
    if (plain !== undefined) {
      this.out.byte(plain[0]).u32(plain[1]).u32(offset);
      return;
    }
    const simd = SIMD_MEMORY.get(name);
    if (simd === undefined) throw new Error(`unknown memory instruction ${name}`);
    this.out.byte(0xfd).u32(simd[0]).u32(simd[1]).u32(offset);
  }

  private ir(ir: Ir): void {
    const out = this.out;
    switch (ir.op) {
      case "const":
        if (ir.type === "i32") out.byte(0x41).s32(Number(ir.value));
        else if (ir.type === "i64") out.byte(0x42).s64(BigInt(ir.value));
        else if (ir.type === "f32") out.byte(0x43).float(Number(ir.value), 4);
        else out.byte(0x44).float(Number(ir.value), 8);
        return;
      case "v128.const":
        out.byte(0xfd).u32(12).bytes(Uint8Array.from(ir.bytes));
        return;
      case "get":
        out.byte(0x20).u32(this.slot(ir.local.index));
        return;
      case "tee":
        this.ir(ir.value);
        out.byte(0x22).u32(this.slot(ir.local.index));
        return;
      case "num":
        for (const arg of ir.args) this.ir(arg);
        this.numeric(ir.name);
        return;
      case "lane": {
        for (const arg of ir.args) this.ir(arg);
        const opcode = SIMD_LANE.get(ir.name);
        if (opcode === undefined) throw new Error(`unknown instruction ${ir.name}`);
        out.byte(0xfd).u32(opcode).bytes(Uint8Array.from(ir.lanes));
        return;
      }
      case "load":
        this.ir(ir.address);
        this.memory(ir.name, ir.offset);
        return;
      case "atomic": {
        for (const arg of ir.args) this.ir(arg);
        const found = ATOMIC.get(ir.name);
        if (found === undefined) throw new Error(`unknown instruction ${ir.name}`);
        out.byte(0xfe).u32(found[0]).u32(found[1]).u32(ir.offset);
        return;
      }
      case "select":
        this.ir(ir.then);
        this.ir(ir.otherwise);
        this.ir(ir.cond);
        if (ir.type === "v128") out.byte(0x1c).u32(1).byte(VALUE_TYPE.v128);
        else out.byte(0x1b);
        return;
      case "ifelse":
        this.ir(ir.cond);
        out.byte(0x04).byte(VALUE_TYPE[ir.type]);
        this.labels.push(-1);
        this.ir(ir.then);
        out.byte(0x05);
        this.ir(ir.otherwise);
        this.labels.pop();
        out.byte(0x0b);
        return;
      case "call":
        this.call(ir.fn, ir.args);
        return;
      default:
        ir satisfies never;
    }
  }

  private numeric(name: string): void {
    const plain = NUMERIC.get(name);
    if (plain !== undefined) {
      this.out.byte(plain);
      return;
    }
    const saturating = SATURATING.get(name);
    if (saturating !== undefined) {
      this.out.byte(0xfc).u32(saturating);
      return;
    }
    const simd = SIMD.get(name);
    if (simd === undefined) throw new Error(`unknown instruction ${name}`);
    this.out.byte(0xfd).u32(simd);
  }
}
