import type { Column } from './answer.js'
import type { CaseFile } from './case-file.js'
import type { FlinkGateway, FlinkSession } from './flink-gateway.js'
import type { Sandbox } from './sandbox.js'
import { located, statementsOf } from './script-text.js'
import type { DescribedQuery, World } from './world.js'

/** As Flink comes, but for the time zone; an INSERT is over when its job is. */
const settings = { 'table.dml-sync': 'true', 'table.local-time-zone': 'UTC' }

/** Apache Flink over the records of a file, a session of the gateway for each call. */
export class FlinkWorld implements World {
  readonly #file: CaseFile
  readonly #gateway: FlinkGateway
  readonly #sandbox: Sandbox

  constructor(file: CaseFile, sandbox: Sandbox, gateway: FlinkGateway) {
    this.#file = file
    this.#gateway = gateway
    this.#sandbox = sandbox
  }

  describe(queries: readonly DescribedQuery[]): Promise<Column[][]> {
    return this.#inSession(async (session) => {
      const described: Column[][] = []
      for (const [index, { text }] of queries.entries()) {
        await session.execute(`CREATE TEMPORARY VIEW described_${index} AS ${text}`)
        const { rows } = await session.execute(`DESCRIBE described_${index}`)
        described.push(
          rows.map(([name, type, isNullable]) => ({
            name: String(name),
            // A time column of a watermark says so behind its type.
            type: `${String(type).replace(/ \*.*\*$/, '')}${isNullable === true ? '' : ' NOT NULL'}`,
          })),
        )
      }
      return described
    })
  }

  async run(script: string): Promise<void> {
    await this.#sandbox.createTopics(script)
    await this.#inSession(async (session) => {
      for (const statement of statementsOf(this.#located(script))) await session.execute(statement)
    })
  }

  async records(topic: string) {
    return this.#sandbox.records(topic)
  }

  async #inSession<Result>(use: (session: FlinkSession) => Promise<Result>): Promise<Result> {
    const session = await this.#gateway.session(settings)
    try {
      for (const statement of statementsOf(this.#located(this.#file.prelude))) {
        await session.execute(statement)
      }
      return await use(session)
    } finally {
      await session.close()
    }
  }

  #located(script: string): string {
    const url = this.#sandbox.registryUrl
    const withRegistry = script.replace(
      /'((?:value\.)?)format'\s*=\s*'((?:debezium-)?avro-confluent)'/g,
      (written, prefix, format) => `${written}, '${prefix}${format}.url' = '${url}'`,
    )
    return located(withRegistry, {
      'properties.bootstrap.servers': this.#sandbox.bootstrap,
      ...(this.#file.inTurn ? { 'scan.watermark.emit.strategy': 'on-event' } : {}),
    })
  }
}
