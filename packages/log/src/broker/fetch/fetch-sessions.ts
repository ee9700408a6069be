import type { Clock, Random } from '@millrace/host'
import {
  fetchSessionPartitionsMax,
  fetchSessionsMax,
  fetchSessionsPerConnectionMax,
  fetchSessionUnusedMsMin,
} from '../../limits.js'
import type { FetchSession } from './fetch-session.js'

interface Entry {
  readonly session: FetchSession
  readonly createdMs: number
  lastUsedMs: number
  /** Partitions, as they are counted in `#partitions`. */
  counted: number
}

/**
 * The fetch sessions of all clients, by their ids, bounded in number and in partitions (KIP-227).
 *
 * A client that gets none (id 0) goes on with whole requests; one whose session went is told so,
 * and begins another. When there is no room, one that was not used for long goes; else a smaller
 * one, for it gains less from being kept, unless it is new. One ends with the connection that
 * began it: clients begin anew on another.
 */
export class FetchSessions {
  readonly #clock: Clock
  readonly #random: Random
  /** In the order in which they were used last. */
  readonly #entries = new Map<number, Entry>()
  /** Ids of those that each connection began, the oldest first. */
  readonly #ofConnections = new Map<AbortSignal, Set<number>>()
  #partitions = 0

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  get(id: number): FetchSession | undefined {
    return this.#entries.get(id)?.session
  }

  /**
   * Takes in a new session and gives it its id; 0 where there is no room for it. `gone` is aborted
   * when the connection is closed that began it.
   */
  add(session: FetchSession, gone: AbortSignal): number {
    if (gone.aborted || !this.#makeRoom(session.size)) return 0
    do session.id = 1 + this.#random.below(0x7fffffff)
    while (this.#entries.has(session.id))
    const now = this.#clock.monotonic()
    const counted = session.size
    this.#entries.set(session.id, { session, createdMs: now, lastUsedMs: now, counted })
    this.#partitions += counted
    this.#own(session.id, gone)
    session.follow()
    return session.id
  }

  /** Notes that it is used; false where it has grown beyond what there is room for, and went. */
  touch(session: FetchSession): boolean {
    const entry = this.#entries.get(session.id)
    if (entry === undefined) return false
    this.#partitions += session.size - entry.counted
    entry.counted = session.size
    entry.lastUsedMs = this.#clock.monotonic()
    this.#entries.delete(session.id)
    this.#entries.set(session.id, entry)
    if (this.#partitions <= fetchSessionPartitionsMax) return true
    this.remove(session.id)
    return false
  }

  /** Ends a session; nothing to do where it is not there. */
  remove(id: number): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    this.#partitions -= entry.counted
    entry.session.close()
  }

  /** A connection keeps a few: more are begun by a client that forgets the ones it has. */
  #own(id: number, gone: AbortSignal): void {
    let ids = this.#ofConnections.get(gone)
    if (ids === undefined) {
      ids = new Set()
      this.#ofConnections.set(gone, ids)
      gone.addEventListener('abort', () => {
        for (const each of this.#ofConnections.get(gone) ?? []) this.remove(each)
        this.#ofConnections.delete(gone)
      })
    }
    ids.add(id)
    if (ids.size <= fetchSessionsPerConnectionMax) return
    const [oldest = id] = ids
    ids.delete(oldest)
    this.remove(oldest)
  }

  #makeRoom(partitions: number): boolean {
    while (!this.#hasRoom(partitions)) {
      const id = this.#evictable(partitions)
      if (id === undefined) return false
      this.remove(id)
    }
    return true
  }

  #hasRoom(partitions: number): boolean {
    return (
      this.#entries.size < fetchSessionsMax &&
      this.#partitions + partitions <= fetchSessionPartitionsMax
    )
  }

  #evictable(partitions: number): number | undefined {
    const before = this.#clock.monotonic() - fetchSessionUnusedMsMin
    let smallest: Entry | undefined
    for (const [id, entry] of this.#entries) {
      if (entry.lastUsedMs < before) return id
      if (entry.createdMs >= before || entry.counted >= partitions) continue
      if (smallest === undefined || entry.counted < smallest.counted) smallest = entry
    }
    return smallest?.session.id
  }
}
