import { type DecodedRecord, decodeRecords, readBatchHeader } from '@millrace/log/records'
import { carriedBytes, carriedMap } from '../formats/nested-value.js'
import { offsetField } from '../operators/source-fields.js'
import type { TableDefinition } from '../plan/table.js'
import type { ColumnBatch } from '../state/batch.js'
import type { Column } from '../state/column.js'
import type { TakenBatch } from './source-reader.js'

/** Where a record lies and when it came. */
interface RecordPlace {
  readonly topic: string
  /** Its partition's place among those of the source, which are the topic's in their order. */
  partition: number
  /** Of the leader that took the batch; -1 where the log does not say. */
  leaderEpoch: number
  isLogAppendTime: boolean
  offset: number
  timestampMs: number
  /** Of this record; empty where no column wants them. */
  headers: DecodedRecord['headers']
}

type PushMetadata = (place: RecordPlace) => void

/** Fills the columns of a batch that are metadata of the record. */
export class RecordMetadata {
  private readonly place: RecordPlace
  private readonly columns: readonly PushMetadata[]
  private readonly wantsHeaders: boolean
  /** The batch's, in their order, where headers are wanted: they are stepped over otherwise. */
  private records: readonly DecodedRecord[] = []
  private next = 0

  constructor(table: TableDefinition, batch: ColumnBatch, topic: string) {
    this.place = {
      topic,
      partition: 0,
      leaderEpoch: -1,
      isLogAppendTime: false,
      offset: 0,
      timestampMs: -1,
      headers: [],
    }
    this.wantsHeaders = table.columns.some(
      ({ name, metadata }) =>
        metadata?.key === 'headers' && batch.fields.some((field) => field.name === name),
    )
    this.columns = batch.fields.flatMap(({ name }, index) => {
      if (name === offsetField.name) return [pushOf('offset', batch.column(index))]
      const metadata = table.columns.find((column) => column.name === name)?.metadata
      // The format of the value fills its own.
      if (metadata === undefined || metadata.key.startsWith('value.')) return []
      return [pushOf(metadata.key, batch.column(index))]
    })
  }

  /** Whether no column wants any of it. */
  get isEmpty(): boolean {
    return this.columns.length === 0
  }

  /** The records that follow are of this batch. */
  begin({ bytes, place }: TakenBatch): void {
    if (this.columns.length === 0) return
    const header = readBatchHeader(bytes, 0)
    this.place.partition = place
    this.place.leaderEpoch = header.leaderEpoch
    this.place.isLogAppendTime = header.isLogAppendTime
    if (!this.wantsHeaders) return
    this.records = decodeRecords(bytes)
    this.next = 0
  }

  push(offset: number, timestampMs: number): void {
    this.place.offset = offset
    this.place.timestampMs = timestampMs
    if (this.wantsHeaders) this.place.headers = this.headersOf(offset)
    for (const push of this.columns) push(this.place)
  }

  private headersOf(offset: number): DecodedRecord['headers'] {
    while ((this.records[this.next]?.offset ?? offset) < offset) this.next++
    return this.records[this.next]?.headers ?? []
  }
}

function pushOf(key: string, column: Column): PushMetadata {
  if (column.kind === 'bytes') {
    if (key === 'topic') return ({ topic }) => column.pushString(topic)
    if (key === 'timestamp-type') return (place) => column.pushString(timestampTypeOf(place))
    if (key === 'headers') {
      return ({ headers }) => {
        const entries = headers.map(({ key: name, value }) => {
          return [name, value === null ? null : carriedBytes(value)] as const
        })
        column.pushString(JSON.stringify(carriedMap(entries)))
      }
    }
    throw new RangeError(`no metadata ${key}`)
  }
  switch (key) {
    case 'partition':
      return ({ partition }) => column.pushInt32(partition)
    case 'leader-epoch':
      return ({ leaderEpoch }) => {
        if (leaderEpoch < 0) column.pushNull()
        else column.pushInt32(leaderEpoch)
      }
    case 'offset':
      return ({ offset }) => column.pushSafeInteger(offset)
    case 'timestamp':
      return ({ timestampMs }) => column.pushSafeInteger(timestampMs * 1000)
    default:
      throw new RangeError(`no metadata ${key}`)
  }
}

/** As Kafka's client names them. */
function timestampTypeOf({ isLogAppendTime, timestampMs }: RecordPlace): string {
  if (isLogAppendTime) return 'LogAppendTime'
  return timestampMs < 0 ? 'NoTimestampType' : 'CreateTime'
}
