import { metadata, produce } from '../../src/protocol/apis.js'
import { batchField, checksummedFrom } from '../../src/records/batch-header.js'
import { crc32c } from '../../src/records/crc32c.js'
import { batchOf, produceBody, read, send } from './batches.js'
import { type Scenario, scenario } from './scenario.js'

/** A batch with some bytes of its header overwritten, and the checksum that goes with them. */
function patched(batch: Buffer, patch: (batch: Buffer) => void): Buffer {
  const copy = Buffer.from(batch)
  patch(copy)
  copy.writeUInt32BE(crc32c(copy, checksummedFrom), batchField.crc)
  return copy
}

export const produceScenarios: Scenario[] = [
  scenario('records are appended, and read as they were sent', async (session) => {
    const topic = 'produce-append'
    await session.topic(topic)
    await send(session, 'one record', topic, batchOf(['a']))
    await send(session, 'three records', topic, batchOf(['b', 'c', 'd']))
    await send(session, 'acks 1', topic, batchOf(['e']), { acks: 1 })
    await session.ask('an older version', produce, 3, produceBody(topic, batchOf(['f'])))
    await read(session, 'all of them', topic)
    await read(session, 'from within a batch', topic, { offset: 2 })
  }),

  scenario('batches that are refused', async (session) => {
    const topic = 'produce-refused'
    await session.topic(topic, { configs: { 'max.message.bytes': '1000' } })
    const plain = batchOf(['a', 'b'])
    const damaged = Buffer.from(plain)
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 0xff
    await send(session, 'a wrong checksum', topic, damaged)
    await send(session, 'more than max.message.bytes', topic, batchOf(['x'.repeat(2000)]))
    await send(session, 'records of no bytes', topic, Buffer.alloc(0))
    await send(session, 'two batches', topic, Buffer.concat([plain, plain]))
    await send(session, 'a control batch', topic, batchOf(['a'], { control: true }))
    await send(
      session,
      'a batch that says it has more records',
      topic,
      patched(plain, (batch) => batch.writeInt32BE(7, batchField.recordCount)),
    )
    await send(
      session,
      'a batch that says it has no records',
      topic,
      patched(plain, (batch) => batch.writeInt32BE(0, batchField.recordCount)),
    )
    await send(
      session,
      'offsets with holes',
      topic,
      patched(plain, (batch) => batch.writeInt32BE(5, batchField.lastOffsetDelta)),
    )
    await send(
      session,
      'a compression that does not exist',
      topic,
      patched(plain, (batch) => batch.writeInt16BE(5, batchField.attributes)),
    )
    await send(session, 'a topic that is not there', 'produce-nowhere', plain)
    await send(session, 'a partition that is not there', topic, plain, { partition: 1 })
    await send(session, 'a negative partition', topic, plain, { partition: -1 })
    await send(session, 'acks 2', topic, plain, { acks: 2 })
    await read(session, 'nothing was written', topic)
  }),

  scenario('a format that is not version 2 is refused', async (session) => {
    const topic = 'produce-magic'
    await session.topic(topic)
    const old = patched(batchOf(['a']), (batch) => batch.writeInt8(1, batchField.magic))
    await send(session, 'magic 1', topic, old)
    await read(session, 'nothing was written', topic)
  }),

  scenario('bytes that end too early are refused', async (session) => {
    const topic = 'produce-short'
    await session.topic(topic)
    await send(session, 'half a batch', topic, batchOf(['a', 'b']).subarray(0, 70))
  }),

  scenario(
    'a request for several partitions is answered partition by partition',
    async (session) => {
      const topic = 'produce-several'
      await session.topic(topic, { partitions: 2 })
      await session.ask('one of them is not there', produce, 9, {
        acks: -1,
        timeoutMs: 10_000,
        topicData: [
          {
            name: topic,
            partitionData: [0, 1, 2].map((index) => ({ index, records: batchOf(['a']) })),
          },
          { name: 'produce-several-not', partitionData: [{ index: 0, records: batchOf(['a']) }] },
        ],
      })
    },
  ),

  scenario('with acks 0 there is no answer', async (session) => {
    const topic = 'produce-acks-0'
    await session.topic(topic)
    session.wire().send(produce, 9, produceBody(topic, batchOf(['a']), { acks: 0 }))
    // The next answer is to the next request.
    await session.ask('the request after it', metadata, 9, { topics: [{ name: topic }] })
    await read(session, 'it was written', topic)
  }),

  scenario('with acks 0 a failure closes the connection', async (session) => {
    const wire = session.wire()
    wire.send(produce, 9, produceBody('produce-acks-0-nowhere', batchOf(['a']), { acks: 0 }))
    await session.until('it is closed', async () => wire.isClosed)
    session.note('it is closed', wire.isClosed)
  }),

  scenario('an idempotent producer: sequences', async (session) => {
    const topic = 'produce-sequences'
    await session.topic(topic)
    const from = (baseSequence: number, values: string[], producerEpoch = 0) =>
      batchOf(values, { producerId: 4_000_000, producerEpoch, baseSequence })
    await send(session, 'the first', topic, from(0, ['a', 'b']))
    await send(session, 'the next', topic, from(2, ['c']))
    await send(session, 'the first again', topic, from(0, ['a', 'b']))
    await send(session, 'the second again', topic, from(2, ['c']))
    await send(session, 'the first with another length', topic, from(0, ['a']))
    await send(session, 'one is missing', topic, from(4, ['e']))
    await send(session, 'a newer epoch that does not begin at 0', topic, from(3, ['d'], 1))
    await send(session, 'a newer epoch', topic, from(0, ['d'], 1))
    await send(session, 'the older epoch', topic, from(3, ['x'], 0))
    for (let at = 1; at <= 5; at++) await send(session, `number ${at}`, topic, from(at, ['n'], 1))
    await send(session, 'older than the last five', topic, from(0, ['d'], 1))
    await read(session, 'each was written once', topic)
  }),

  scenario('an idempotent producer: what begins in the middle', async (session) => {
    const topic = 'produce-middle'
    await session.topic(topic)
    const middle = batchOf(['a'], { producerId: 4_000_001, producerEpoch: 3, baseSequence: 7 })
    await send(session, 'a producer that is not known begins at 7', topic, middle)
    const wrapping = (baseSequence: number, values: string[]) =>
      batchOf(values, { producerId: 4_000_002, producerEpoch: 0, baseSequence })
    await send(session, 'near the last sequence', topic, wrapping(0x7fffffff, ['a', 'b']))
    await send(session, 'sequences begin again', topic, wrapping(1, ['c']))
    const noSequence = batchOf(['x'], { producerId: 4_000_003, producerEpoch: 0 })
    await send(session, 'a producer without a sequence', topic, noSequence)
    await read(session, 'what was written', topic)
  }),

  scenario('a transactional batch outside of a transaction is refused', async (session) => {
    const topic = 'produce-no-transaction'
    await session.topic(topic)
    const options = {
      producerId: 4_000_010,
      producerEpoch: 0,
      baseSequence: 0,
      transactional: true,
    }
    await send(session, 'without a transactional id', topic, batchOf(['a'], options))
    await send(session, 'with one that is not known', topic, batchOf(['a'], options), {
      transactionalId: 'produce-unknown',
    })
    await read(session, 'nothing was written', topic)
  }),

  scenario('the internal topics are closed to producers', async (session) => {
    await send(session, '__consumer_offsets', '__consumer_offsets', batchOf(['a']))
  }),

  scenario('a topic by its id', async (session) => {
    const topicId = await session.topic('produce-id')
    const to = (id: string) => ({
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ topicId: id, partitionData: [{ index: 0, records: batchOf(['a']) }] }],
    })
    await session.ask('its own', produce, 13, to(topicId))
    await session.ask('an id of nobody', produce, 13, to('00000000-0000-4000-8000-00000000abcd'))
  }),
]
