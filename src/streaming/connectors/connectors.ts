/** The connectors by name. Those that need much code are loaded when they are first named. */
import { HeadraceError } from "../../error.ts";
import { didYouMean } from "../../planner/bind/suggest.ts";
import type { Connector, ConnectorContext, ConnectorTable } from "./connector.ts";
import { checkNames } from "./options.ts";
import type { Sink } from "./sink.ts";
import type { Source } from "./source.ts";

const CONNECTORS: { readonly [name: string]: () => Promise<Connector> } = {
  blackhole: async () => (await import("./blackhole.ts")).blackhole,
  datagen: async () => (await import("./datagen/datagen.ts")).datagen,
  filesystem: async () => (await import("./filesystem/filesystem.ts")).filesystem,
  http: async () => (await import("./http/http.ts")).http,
  nexmark: async () => (await import("./nexmark/nexmark.ts")).nexmark,
  print: async () => (await import("./print.ts")).print,
  rate: async () => (await import("./datagen/datagen.ts")).rate,
};

/** The connector of this name, with the table's options checked. Throws `bind`, `unsupported`. */
export async function findConnector(name: string, table: ConnectorTable): Promise<Connector> {
  const load = Object.hasOwn(CONNECTORS, name.toLowerCase()) ? CONNECTORS[name.toLowerCase()] : undefined;
  if (load === undefined) {
    const names = Object.keys(CONNECTORS);
    throw new HeadraceError("bind", `there is no connector "${name}"`, {
      hint: didYouMean(name, names) ?? `the connectors are ${names.join(", ")}`,
    });
  }
  const connector = await load();
  checkNames(table, connector.options);
  connector.check(table);
  return connector;
}

/** Opens the table for reading. Throws `bind`, `io`, `unsupported`. */
export async function openSource(name: string, table: ConnectorTable, context: ConnectorContext): Promise<Source> {
  const { source } = await findConnector(name, table);
  if (source === undefined)
    throw new HeadraceError("bind", `nothing can be read from "${table.name}": ${name} is a sink`);
  return source(table, context);
}

/** Opens the table for writing. Throws `bind`, `io`, `unsupported`. */
export async function openSink(name: string, table: ConnectorTable, context: ConnectorContext): Promise<Sink> {
  const { sink } = await findConnector(name, table);
  if (sink === undefined)
    throw new HeadraceError("bind", `nothing can be written to "${table.name}": ${name} is a source`);
  return sink(table, context);
}
