import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { realHost } from '@millrace/host'
import { decodeRecords, Fetcher, LogClient, Producer } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { createPartitions } from '@millrace/log/protocol'

/** An embedded broker in a folder that goes away, and a client of it. */
export class Platform {
  readonly directory: string
  readonly client: LogClient
  readonly bootstrap: string
  private broker: Broker

  private constructor(directory: string, broker: Broker, client: LogClient, bootstrap: string) {
    this.directory = directory
    this.broker = broker
    this.client = client
    this.bootstrap = bootstrap
  }

  static async start(): Promise<Platform> {
    const directory = mkdtempSync(path.join(tmpdir(), 'millrace-stream-'))
    const broker = await startBroker(directory, 0)
    const bootstrap = `127.0.0.1:${broker.address.port}`
    const client = await LogClient.connect({ host: realHost, bootstrap })
    return new Platform(directory, broker, client, bootstrap)
  }

  /** Appends JSON records to a partition. */
  async produce(topic: string, partition: number, rows: readonly unknown[]): Promise<void> {
    const producer = new Producer(this.client)
    const records = rows.map((row) => ({ key: null, value: Buffer.from(JSON.stringify(row)) }))
    await producer.send(topic, partition, records)
  }

  /** The topic has so many partitions from now on. */
  async addPartitions(name: string, count: number): Promise<void> {
    const broker = await this.client.cluster.anyBroker()
    const topics = [{ name, count, assignments: null }]
    const { results } = await broker.request(createPartitions, { topics, timeoutMs: 5000 })
    for (const { errorCode } of results) if (errorCode !== 0) throw new Error(`error ${errorCode}`)
  }

  /** All that a reader of committed records sees of a topic, by partition in order. */
  async consume(topic: string): Promise<{ key: string | null; value: string }[]> {
    const records = await this.consumeBytes(topic)
    return records.map(({ key, value }) => ({
      key: key?.toString() ?? null,
      value: value?.toString() ?? '',
    }))
  }

  /** The same as bytes. */
  async consumeBytes(topic: string): Promise<{ key: Buffer | null; value: Buffer | null }[]> {
    const [found] = await this.client.topics([topic])
    const records: { key: Buffer | null; value: Buffer | null }[] = []
    for (let partition = 0; partition < (found?.partitions ?? 0); partition++) {
      const end = await this.client.listOffsets(topic, partition, 'latest', 'read_committed')
      const fetcher = new Fetcher(this.client, { isolation: 'read_committed', maxWaitMs: 20 })
      const offset = await this.client.listOffsets(topic, partition, 'earliest')
      fetcher.assign([{ topic, partition, offset }])
      while (fetcher.position(topic, partition) < end) {
        for (const part of await fetcher.poll()) {
          for (const { key, value } of part.batches.flatMap((batch) => decodeRecords(batch))) {
            records.push({ key, value })
          }
        }
      }
      fetcher.close()
    }
    return records
  }

  /** The broker goes away for `awayMs`, and comes back at its address. */
  async restartBroker(awayMs: number): Promise<void> {
    const { port } = this.broker.address
    await this.broker.close()
    await realHost.clock.sleep(awayMs)
    this.broker = await startBroker(this.directory, port)
  }

  async close(): Promise<void> {
    await this.client.close()
    await this.broker.close()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function startBroker(directory: string, port: number): Promise<Broker> {
  return Broker.start({
    host: realHost,
    directory: path.join(directory, 'log'),
    address: { host: '127.0.0.1', port },
  })
}
