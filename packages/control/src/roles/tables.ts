/** The entry of the process that keeps the fresh tables and answers SQL over them. */
import { type Address, realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { FreshTable, type TableSpec, TableStore } from '@millrace/olap'
import { QueryServer } from '@millrace/query'
import { serveChild } from './child.js'

export interface TablesConfig {
  directory: string
  address: Address
  bootstrap: string
  registryUrl: string
  tables: TableSpec[]
}

export interface TableMetrics {
  name: string
  rows: number
  recordsIn: number
  lag: number
}

/** What the supervisor may ask of the tables. */
export type TablesMethods = {
  start: (config: TablesConfig) => Promise<Address>
  metrics: () => TableMetrics[]
  /** Resolves when every table has read its topic to its present end. */
  caughtUp: () => Promise<void>
  stop: () => Promise<void>
}

let tables: FreshTable[] = []
let server: QueryServer | undefined
let client: LogClient | undefined

const tell = serveChild({
  async start({ directory, address, bootstrap, registryUrl, tables: specs }: TablesConfig) {
    const host = realHost
    const log = (line: string) => tell.line(line)
    const store = await TableStore.open({ host, directory })
    client = await LogClient.connect({ host, bootstrap, clientId: 'millrace-tables' })
    const shared = { host, store, client, registryUrl, log }
    tables = await Promise.all(specs.map((spec) => FreshTable.follow({ ...shared, spec })))
    const relations = () => tables
    server = await QueryServer.start({ host, instance: store.instance, relations, address })
    return server.address
  },
  metrics: () => tables.map((table) => ({ name: table.name, ...table.metrics() })),
  async caughtUp() {
    await Promise.all(tables.map((table) => table.caughtUp()))
  },
  async stop() {
    await server?.close()
    await Promise.all(tables.map((table) => table.close()))
    await client?.close()
  },
} satisfies TablesMethods)
