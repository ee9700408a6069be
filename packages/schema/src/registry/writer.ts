/**
 * Writes to the registry's log. A write is decided on what is in the log at that moment, appended,
 * and folded when it is in, so that what was answered is what a restart finds. Writes wait for one
 * another: each sees those before it.
 *
 * Several registries may write to one log, one at a time: to write is to claim the log, to read
 * it to its end, and to append, which fails when another has claimed it since.
 */
import { notTheWriterCode, RegistryError, registryErrors } from '../errors.js'
import { claimsMax, schemaRecordBytesMax } from '../limits.js'
import { type RegistryEvent, type RegistryRecord, readRecord } from './record.js'
import type { Decision, RegistryState } from './registration.js'
import type { RegistryLog } from './topic.js'

export class RegistryWriter {
  readonly #log: RegistryLog
  readonly #state: RegistryState
  /** The last write that was begun; the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve()
  /** Nobody has claimed the log since this one did, as far as is known. */
  #isWriter = false

  /** Folds into `state`, which is changed by nobody else. */
  constructor(log: RegistryLog, state: RegistryState) {
    this.#log = log
    this.#state = state
  }

  /** Folds what other registries have written. Rejects with 50001 when the log is away. */
  refresh(): Promise<void> {
    return this.#inTurn(() => this.#catchUp())
  }

  /** Folds what is new in the log, all at once, so that no request sees half of it. */
  async #catchUp(): Promise<void> {
    const events: RegistryEvent[] = []
    await this.#log.read((key, value, offset) => {
      try {
        events.push(readRecord(key, value))
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw registryErrors.store(
          `the record at offset ${offset} of the schemas topic cannot be read: ${why}`,
        )
      }
    })
    for (const event of events) this.#apply(event)
  }

  #apply(event: RegistryEvent): void {
    this.#state.versions.apply(event)
    this.#state.settings.apply(event)
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(step)
    this.#last = turn.catch(() => {})
    return turn
  }

  /** What `decide` answers, once what it decided is in the log. It may be asked several times. */
  write<T>(decide: (state: RegistryState) => Decision<T>): Promise<T> {
    return this.#inTurn(async () => {
      for (let claims = 0; claims < claimsMax; claims++) {
        if (!this.#isWriter) await this.#log.claim()
        this.#isWriter = true
        await this.#catchUp()
        const { records, answer } = decide(this.#state)
        if (await this.#append(records)) return answer
      }
      throw registryErrors.notTheWriter()
    })
  }

  /** False when another registry has claimed the log: decide again, on what that one wrote. */
  async #append(records: readonly RegistryRecord[]): Promise<boolean> {
    if (records.length === 0) return true
    // Before they are in: a record that cannot be read would be the end of every start.
    const events = records.map(({ key, value }) => readRecord(key, value))
    const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
    if (bytes > schemaRecordBytesMax) throw registryErrors.tooLargeToKeep(schemaRecordBytesMax)
    try {
      await this.#log.append(records)
    } catch (cause) {
      // In either case: to claim it decides whether the records are in.
      this.#isWriter = false
      if (cause instanceof RegistryError && cause.code === notTheWriterCode) return false
      throw cause
    }
    for (const event of events) this.#apply(event)
    return true
  }
}
