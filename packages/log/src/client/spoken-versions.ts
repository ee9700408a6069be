import { KafkaError } from '../errors.js'
import type { Api } from '../protocol/api.js'
import {
  addPartitionsToTxn,
  endTxn,
  fetch,
  offsetCommit,
  offsetFetch,
  produce,
  txnOffsetCommit,
} from '../protocol/apis.js'
import type { VersionRange } from '../protocol/version-range.js'

/**
 * The newest version of an API that this client speaks, where it is not the newest in the
 * tables. Two families stay behind on purpose: those that name topics by id (the client goes by
 * names), and those of the second transaction protocol (KIP-890), in which partitions join a
 * transaction without being added and every end raises the epoch.
 */
const newestSpoken: ReadonlyMap<number, number> = new Map([
  [produce.key, 11],
  [fetch.key, 12],
  [offsetCommit.key, 9],
  [offsetFetch.key, 9],
  [addPartitionsToTxn.key, 3],
  [endTxn.key, 4],
  [txnOffsetCommit.key, 4],
])

/** What a broker announces, by API key. */
export type Announced = ReadonlyMap<number, VersionRange>

/** The newest version that both sides speak; throws UNSUPPORTED_VERSION when there is none. */
export function commonVersion(api: Api, announced: Announced, where: string): number {
  const theirs = announced.get(api.key)
  const ours = newestSpoken.get(api.key) ?? api.versions.max
  const version = Math.min(ours, theirs?.max ?? -1)
  if (version >= Math.max(api.versions.min, theirs?.min ?? 0)) return version
  const offer = theirs ? `versions ${theirs.min} to ${theirs.max}` : 'no version'
  throw new KafkaError('UNSUPPORTED_VERSION', where, {
    detail: `It speaks ${offer} of ${api.name}, this client ${api.versions.min} to ${ours}.`,
  })
}
