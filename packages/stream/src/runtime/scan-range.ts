import type { CommittedOffset, LogClient } from '@millrace/log'
import { parseSpecificOffsets } from '../plan/specific-offsets.js'
import type { TableDefinition } from '../plan/table.js'
import { JobError } from './errors.js'

/**
 * Between which offsets a table's topic is read: `scan.startup.*` says where reading begins where
 * the journal does not know better, `scan.bounded.*` where it ends. Offsets of a group are those of
 * `properties.group.id`, which the job reads and never writes.
 */
export class ScanRange {
  private readonly client: LogClient
  private readonly table: TableDefinition
  private readonly topic: string
  private committed: Promise<readonly CommittedOffset[]> | undefined

  constructor(client: LogClient, table: TableDefinition, topic: string) {
    this.client = client
    this.table = table
    this.topic = topic
  }

  /** Of the first record to read. */
  async startOf(partition: number): Promise<number> {
    const mode = this.option('scan.startup.mode') ?? 'earliest-offset'
    switch (mode) {
      case 'earliest-offset':
        return this.earliest(partition)
      case 'latest-offset':
        return this.latest(partition)
      case 'timestamp':
        return this.atTime(partition, Number(this.option('scan.startup.timestamp-millis')))
      case 'specific-offsets':
        return (
          this.specific('scan.startup.specific-offsets').get(partition) ??
          (await this.committedOffset(partition)) ??
          this.earliest(partition)
        )
      case 'group-offsets':
        return (await this.committedOffset(partition)) ?? this.reset(partition)
      default:
        throw this.unknown('scan.startup.mode', mode)
    }
  }

  /** Of the first record not to read any more; undefined where reading goes on for ever. */
  async endOf(partition: number): Promise<number | undefined> {
    const mode = this.option('scan.bounded.mode') ?? 'unbounded'
    switch (mode) {
      case 'unbounded':
        return undefined
      case 'latest-offset':
        return this.latest(partition)
      case 'timestamp':
        return this.atTime(partition, Number(this.option('scan.bounded.timestamp-millis')))
      case 'specific-offsets':
        // As in Flink, nothing is read of a partition that is not named.
        return this.specific('scan.bounded.specific-offsets').get(partition) ?? 0
      case 'group-offsets': {
        const offset = await this.committedOffset(partition)
        if (offset !== undefined) return offset
        throw new JobError(
          'GROUP_WITHOUT_OFFSETS',
          `table ${this.table.name}: the group '${this.group()}' has committed no offset of topic ${this.topic}, partition ${partition}`,
        )
      }
      default:
        throw this.unknown('scan.bounded.mode', mode)
    }
  }

  private option(key: string): string | undefined {
    return this.table.options.get(key)
  }

  private earliest(partition: number): Promise<number> {
    return this.client.listOffsets(this.topic, partition, 'earliest')
  }

  private latest(partition: number): Promise<number> {
    return this.client.listOffsets(this.topic, partition, 'latest', 'read_committed')
  }

  /** Of the first record at that time or later; the end where there is none. */
  private async atTime(partition: number, millis: number): Promise<number> {
    const found = await this.client.listOffsets(this.topic, partition, millis)
    return found >= 0 ? found : this.latest(partition)
  }

  private specific(key: string): ReadonlyMap<number, number> {
    const text = this.option(key) ?? ''
    const offsets = parseSpecificOffsets(text)
    if (offsets === undefined) throw this.unknown(key, text)
    return offsets
  }

  private group(): string {
    return this.option('properties.group.id') ?? ''
  }

  private async committedOffset(partition: number): Promise<number | undefined> {
    const group = this.group()
    if (group === '') return undefined
    this.committed ??= this.client.committedOffsets(group)
    const offsets = await this.committed
    const found = offsets.find(
      (each) => each.topic === this.topic && each.partition === partition && each.offset >= 0,
    )
    return found?.offset
  }

  /** Where the group has no offset, `properties.auto.offset.reset` decides. */
  private reset(partition: number): Promise<number> {
    switch (this.option('properties.auto.offset.reset')) {
      case 'earliest':
        return this.earliest(partition)
      case 'latest':
        return this.latest(partition)
      default:
        throw new JobError(
          'GROUP_WITHOUT_OFFSETS',
          `table ${this.table.name}: the group '${this.group()}' has committed no offset of topic ${this.topic}, partition ${partition}, and 'properties.auto.offset.reset' does not say where to begin`,
        )
    }
  }

  private unknown(key: string, value: string): JobError {
    return new JobError(
      'OPTION_UNKNOWN',
      `table ${this.table.name}: ${key} '${value}' is not known`,
    )
  }
}
