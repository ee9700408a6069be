import { serveThread } from '@millrace/host'
import { buffersOf, emptyBatchOver, memoryOf } from '../state/column-memory.js'
import { decodeTaken } from './decoding.js'
import type { DecodingAnswer, DecodingTask } from './decoding-thread.js'
import { JobError } from './errors.js'

// The module of a `DecodingThread`: decodes what it is asked to. Formats that fetch schemas are not
// given to it.
const noSchemas = {
  byId: () => Promise.reject(new Error('schemas are fetched by the job')),
  register: () => Promise.reject(new Error('schemas are registered by the job')),
}

serveThread(async (message) => {
  const { topic, batches, bytes, columns: used } = message as DecodingTask
  let at = 0
  const taken = batches.map(({ length, ...rest }) => {
    at += length
    return { ...rest, bytes: Buffer.from(bytes, at - length, length) }
  })
  const answer = await decoded()
  const columns = 'columns' in answer ? buffersOf(answer.columns) : []
  return { message: answer, handedOver: [bytes, ...columns] }

  async function decoded(): Promise<DecodingAnswer> {
    try {
      const empty = used && emptyBatchOver(topic.fields, used)
      const { batch, records, skipped } = await decodeTaken(topic, taken, noSchemas, empty)
      return { bytes, records, skipped, columns: memoryOf(batch) }
    } catch (error) {
      if (!(error instanceof JobError)) throw error
      return { bytes, unreadable: { code: error.code, detail: error.detail } }
    }
  }
})
