/** The body of `POST /v3/clusters/{id}/topics/{topic}/records:batch`: entries, each with an id. */
import type { WrittenJson } from '@millrace/event'
import { gatewayErrors } from '../errors.js'
import { readJson } from '../json.js'
import { batchEntriesMax, batchIdCharsMax } from '../limits.js'

export interface BatchEntry {
  readonly id: string
  readonly sent: WrittenJson
}

/** Throws 400 where it is not JSON, 422 (42208) where it is no batch. */
export function readBatch(body: Buffer): BatchEntry[] {
  if (body.length === 0) throw gatewayErrors.batch('Request body is empty. Data is required.')
  const given = readJson(body).members().get('entries')
  if (!Array.isArray(given?.value)) {
    throw gatewayErrors.batch('A batch is an object with "entries", a list of records.')
  }
  const entries = given.items()
  if (entries.length === 0) throw gatewayErrors.batch('Empty batch.')
  if (entries.length > batchEntriesMax) {
    throw gatewayErrors.batch(
      `Too many entries in batch: there are ${entries.length}, and ${batchEntriesMax} are the most.`,
    )
  }
  const ids = new Set<string>()
  return entries.map((sent) => {
    const id = (sent.value as { id?: unknown } | null)?.id
    if (typeof id !== 'string' || id.length === 0 || id.length > batchIdCharsMax) {
      throw gatewayErrors.batch(
        `Batch entry identifier is not a valid string: each entry has an "id" of 1 to ${batchIdCharsMax} characters.`,
      )
    }
    if (ids.has(id)) throw gatewayErrors.batch('Batch entry IDs are not distinct.')
    ids.add(id)
    return { id, sent }
  })
}
