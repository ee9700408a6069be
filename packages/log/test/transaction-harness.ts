import { SimulatedClock, SimulatedDisk } from '@millrace/host'
import { KafkaError } from '../src/errors.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { logConfigDefault, PartitionLog } from '../src/storage/partition-log.js'
import { ProducerIds } from '../src/transactions/producer-ids.js'
import { TransactionCoordinator } from '../src/transactions/transaction-coordinator.js'

export function hasCode(name: string): (cause: unknown) => boolean {
  return (cause) => cause instanceof KafkaError && cause.codeName === name
}

/** A coordinator over a simulated disk, with a partition to write to, and one that is never synced. */
export async function startCoordinator(
  disk = new SimulatedDisk(),
  clock = new SimulatedClock(1000),
  firstId = 0,
  config = logConfigDefault,
) {
  const open = (name: string, config = logConfigDefault) =>
    PartitionLog.open({ disk, directory: `/data/${name}`, name, config })
  const stateLog = await open('__transaction_state-0')
  const data = await open('rides-0', config)
  const offsets = await open('offsets-0')
  const ledger = { nextProducerId: firstId, giveUpTo: async () => {} }
  const lines: string[] = []
  const coordinator = new TransactionCoordinator({
    clock,
    producerIds: new ProducerIds(ledger),
    stateLog,
    makeStateLog: async () => stateLog,
    partition: (topic) => ({ rides: data, offsets })[topic],
    partitions: () => [
      { topic: 'rides', partition: 0, log: data },
      { topic: 'offsets', partition: 0, log: offsets },
    ],
    log: (line) => lines.push(line),
  })
  coordinator.resume()
  const write = (
    producer: { producerId: number; producerEpoch: number },
    baseSequence = 0,
    log = data,
  ) =>
    log.append(
      encodeBatch([{ key: null, value: Buffer.from('x') }], {
        ...producer,
        baseSequence,
        transactional: true,
      }),
    )
  return { disk, clock, coordinator, data, offsets, stateLog, lines, write }
}

/** The partition to write to. */
export const place = { topic: 'rides', partition: 0 }
/** The one that is never synced by itself. */
export const unsyncedPlace = { topic: 'offsets', partition: 0 }
