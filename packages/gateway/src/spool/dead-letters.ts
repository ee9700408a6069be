import path from 'node:path'
import { type Envelope, envelopeFromHeaders, writeException } from '@millrace/event'
import type { DiskFile, Host } from '@millrace/host'
import type { LogRecord } from '@millrace/log'
import { hasFailed } from '../append.js'
import type { Clusters } from '../cluster.js'
import { deadLetterBytesMax, exceptionBytesMax } from '../limits.js'
import type { TopicPolicy } from '../policy.js'
import type { FramePlace } from './frame.js'

/** One line of the file of dead letters. */
export interface DeadLetter extends FramePlace {
  reason: string
  /** RFC 3339: when it was given up. */
  at: string
  /** In base64; null where there is none. */
  key: string | null
  value: string | null
  headers: [string, string | null][]
}

export interface DeadLettersOptions {
  host: Host
  folder: string
  clusters: Clusters
  policyOf: (topic: string) => TopicPolicy | undefined
  log: (line: string) => void
}

const fileName = 'dead-letters.jsonl'

/**
 * Records that were acknowledged, and that the log refuses for good: they go to the topic's
 * exception topic, or, where there is none or it cannot be reached, into a file beside the spool,
 * a line of JSON each. At `deadLetterBytesMax` the file is put aside, in the place of the one that
 * was put aside before, and a line of the gateway's log says so.
 */
export class DeadLetters {
  readonly #options: DeadLettersOptions
  #file: DiskFile | undefined

  constructor(options: DeadLettersOptions) {
    this.#options = options
  }

  /** Resolves when all of them are kept. Rejects with a `DiskError` where they cannot be. */
  async add(place: FramePlace, records: readonly LogRecord[], reason: string): Promise<void> {
    const left = await this.#toTopic(place, records, reason)
    if (left.length > 0) await this.#toFile(place, left, reason)
  }

  close(): void {
    this.#file?.close()
  }

  /** Gives those that could not be kept there. */
  async #toTopic(
    { cluster, topic }: FramePlace,
    records: readonly LogRecord[],
    reason: string,
  ): Promise<readonly LogRecord[]> {
    const exceptionTopic = this.#options.policyOf(topic)?.exceptionTopic
    if (exceptionTopic === undefined) return records
    try {
      const found = await this.#options.clusters.named(cluster)
      await found.topics.partitionsOrCreate(exceptionTopic)
      const placed = records.map((record) => {
        return {
          topic: exceptionTopic,
          partition: 0,
          record: this.#exception(topic, record, reason),
        }
      })
      const appended = await found.appender('lossless').append(placed)
      return records.filter((_, at) => hasFailed(appended[at] ?? { partition: 0, offset: 0 }))
    } catch {
      return records
    }
  }

  #exception(topic: string, record: LogRecord, reason: string): LogRecord {
    const now = this.#options.host.clock.now()
    const { headers = [], timestamp = now, key, value } = record
    const envelope = envelopeFromHeaders(headers, timestamp)
    const { id = '', source = '', tier, owner } = envelope ?? ({} as Partial<Envelope>)
    const exception = {
      ...{ topic, field: '', reason, event: null },
      receivedAt: new Date(timestamp).toISOString(),
      ...(value === null ? {} : { bytes: Buffer.from(value).toString('base64') }),
      ...(key === null ? {} : { key: Buffer.from(key).toString('base64') }),
    }
    const about = { id, source, time: now, tier, owner }
    const written = writeException(exception, about, exceptionBytesMax)
    return { key: null, ...written, timestamp: now }
  }

  async #toFile(place: FramePlace, records: readonly LogRecord[], reason: string): Promise<void> {
    const { host, folder, log } = this.#options
    const { cluster, topic, partition } = place
    const at = new Date(host.clock.now()).toISOString()
    const lines = records.map(({ key, value, headers = [] }) => {
      const letter: DeadLetter = {
        ...{ cluster, topic, partition, reason, at, key: base64(key), value: base64(value) },
        headers: headers.map(({ key, value }) => [key, base64(value)]),
      }
      return `${JSON.stringify(letter)}\n`
    })
    const file = path.join(folder, fileName)
    this.#file ??= host.disk.open(file, { create: true })
    if (this.#file.size() > deadLetterBytesMax) {
      this.#file.close()
      host.disk.rename(file, `${file}.1`)
      this.#file = host.disk.open(file, { create: true })
      log(`gateway: ${file} was full; it is ${file}.1 now, and what that held before is gone`)
    }
    this.#file.write(this.#file.size(), Buffer.from(lines.join('')))
    await this.#file.sync()
    host.disk.syncDirectory(folder)
    log(`gateway: ${records.length} events of ${topic} are dead letters, in ${file}: ${reason}`)
  }
}

function base64(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('base64')
}
