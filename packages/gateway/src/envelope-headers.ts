import { envelopeToHeaders } from '@millrace/event'
import { type EncodedHeaders, encodeHeaders, type RecordHeader } from '@millrace/log'
import { envelopesMax } from './limits.js'
import { TimeText } from './time-text.js'

/** What many events have in common: all of their envelope but id and time. */
export interface CommonEnvelope {
  readonly type: string
  readonly source: string
  readonly tier?: string | undefined
  readonly owner?: string | undefined
  readonly dataSchema?: string | undefined
  readonly dataContentType: string
}

const ofOneEvent: ReadonlySet<string> = new Set(['ce_id', 'ce_time'])

/** Envelopes as record headers; what events have in common is encoded once and kept. */
export class EnvelopeHeaders {
  readonly #known = new Map<string, EncodedHeaders>()
  /** Events of one request have the same time, unless they bring their own. */
  #lastTime = Number.NaN
  #lastTimeHeader: RecordHeader = { key: 'ce_time', value: null }
  readonly #times = new TimeText()

  common(envelope: CommonEnvelope): EncodedHeaders {
    const { type, source, tier, owner, dataSchema, dataContentType } = envelope
    const name = `${type}\n${dataSchema}\n${dataContentType}\n${tier}\n${owner}\n${source}`
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const [oldest] = this.#known.keys()
    if (this.#known.size >= envelopesMax && oldest !== undefined) this.#known.delete(oldest)
    const headers = envelopeToHeaders({ ...envelope, id: '', time: 0 })
    const encoded = encodeHeaders(headers.filter(({ key }) => !ofOneEvent.has(key)))
    this.#known.set(name, encoded)
    return encoded
  }

  /** The headers of one event: its id and its time, in milliseconds since 1970. */
  own(id: string, time: number): RecordHeader[] {
    if (time !== this.#lastTime) {
      this.#lastTime = time
      const value = Buffer.from(new Date(time).toISOString(), 'latin1')
      this.#lastTimeHeader = { key: 'ce_time', value }
    }
    return [{ key: 'ce_id', value: Buffer.from(id) }, this.#lastTimeHeader]
  }

  /** The value of the header of a time; good until the next one is asked for. */
  timeText(time: number): Uint8Array {
    return this.#times.of(time)
  }
}
