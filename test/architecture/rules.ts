/**
 * Who may import whom. ARCHITECTURE.md says the same in words; this is the copy that is enforced.
 */

/** Packages of ours that a package may import, by the last part of their names. */
export const packageRules: Readonly<Record<string, readonly string[]>> = {
  host: [],
  event: [],
  log: ['host'],
  schema: ['event', 'host', 'host/http', 'log'],
  client: ['event', 'schema/check'],
  gateway: ['event', 'host', 'host/http', 'log', 'log/protocol', 'schema'],
  converter: ['event', 'host', 'log', 'schema'],
  stream: ['event', 'host', 'log', 'log/records', 'schema', 'schema/client'],
  olap: ['event', 'host', 'log', 'schema'],
  query: ['event', 'host', 'host/http', 'log', 'schema'],
  control: [
    ...['event', 'host', 'log', 'schema', 'gateway', 'converter', 'stream', 'olap', 'query'],
    ...[
      'converter/mapping',
      'host/http',
      'log/broker',
      'schema/avro',
      'schema/client',
      'schema/read',
      'stream/script',
    ],
  ],
  console: ['control/api'],
  simulation: ['host', 'log', 'log/broker', 'log/protocol'],
}

/**
 * Doors beside a package's main one, as `package/door`. Most are there for what they do not load:
 * an HTTP server, a database.
 */
export const secondDoors: readonly string[] = [
  'control/api',
  'converter/mapping',
  'host/http',
  'log/broker',
  'log/protocol',
  'log/records',
  'schema/avro',
  'schema/check',
  'schema/client',
  'schema/read',
  'stream/script',
]

/**
 * Inside a package: what the files of one folder of `src` may import from its other folders.
 * Files that lie in `src` itself (limits, errors) may be imported by all; the door, `index.ts`,
 * by none.
 */
export const folderRules: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  log: {
    protocol: [],
    records: [],
    client: ['protocol', 'records'],
    storage: ['records'],
    groups: ['protocol', 'records', 'storage'],
    transactions: ['protocol', 'records', 'storage'],
    broker: ['protocol', 'records', 'storage', 'groups', 'transactions'],
  },
  stream: {
    sql: [],
    plan: ['sql'],
    optimize: ['plan'],
    state: ['plan'],
    formats: ['plan', 'state'],
    operators: ['plan', 'state'],
    runtime: ['plan', 'state', 'formats', 'operators'],
  },
}

/** Folders that other folders of their package may import by their `index.ts` alone. */
export const folderDoors: readonly string[] = ['stream/sql']

/** Node modules that reach the disk, the network or other processes, and who may import them. */
export const outsideModules: Readonly<Record<string, readonly string[]>> = {
  'node:fs': ['host'],
  'node:fs/promises': ['host'],
  'node:net': ['host'],
  'node:dgram': ['host'],
  'node:tls': ['host'],
  'node:dns': ['host'],
  'node:http': ['host'],
  'node:https': ['host'],
  'node:timers': ['host'],
  'node:timers/promises': ['host'],
  'node:child_process': ['control'],
  'node:worker_threads': ['control', 'host'],
}

/**
 * Globals that reach the clock, chance or the network behind the host's back, and who may use them. The
 * console and the client run in a browser, which is its own outside.
 */
export const outsideGlobals: Readonly<Record<string, readonly string[]>> = {
  'Date.now': ['host', 'console', 'client'],
  'new Date()': ['host', 'console', 'client'],
  'performance.now': ['host', 'console', 'client'],
  'Math.random': ['host', 'client'],
  'crypto.randomUUID': ['host'],
  fetch: ['console', 'client'],
  setTimeout: ['host', 'console', 'client'],
  setInterval: ['host', 'console', 'client'],
}
