import type { LogClient } from '@millrace/log'
import type { ExceptionDetail, ExceptionsView, ResendView } from '../api/types.js'
import { controlErrors } from '../errors.js'
import { exceptionsReadMax, resendBytesMax } from '../limits.js'
import type { Project } from '../project/project.js'
import { exceptionTopics } from './exception-topics.js'
import { type ExceptionFilter, matches } from './filter.js'
import { type ExceptionPlace, idOf } from './place.js'
import { Recheck } from './recheck.js'
import { Resend } from './resend.js'
import { type ScanProgress, scan } from './scan.js'
import { detailOf, originalBytes, type StoredException, viewOf } from './stored-exception.js'

/** Which exceptions, how many at most, and how many records may be read to find them. */
export interface ExceptionSearch {
  readonly filter: ExceptionFilter
  readonly limit: number
  readonly readMax: number
}

/** What is to be sent again: those that are found, or those with these places. */
export interface ResendRequest extends ExceptionSearch {
  readonly places?: readonly ExceptionPlace[]
  readonly isDry: boolean
}

export interface ExceptionsOptions {
  project: Project
  /** Base URL of the schema registry. */
  registryUrl: string
  client: () => LogClient
}

/** The exceptions of a project that runs. */
export class Exceptions {
  readonly #options: ExceptionsOptions
  /** Resends one after another: a later one would end an earlier one. */
  #resending: Promise<unknown> = Promise.resolve()

  constructor(options: ExceptionsOptions) {
    this.#options = options
  }

  /** The newest first. Throws TOPIC_UNKNOWN. */
  async list({ filter, limit, readMax }: ExceptionSearch): Promise<ExceptionsView> {
    const progress: ScanProgress = { read: 0 }
    const exceptions: ExceptionsView['exceptions'] = []
    for await (const stored of this.#scan(filter, readMax, progress)) {
      if (!matches(stored, filter)) continue
      exceptions.push(viewOf(stored))
      if (exceptions.length === limit) break
    }
    return { exceptions, ...told(progress) }
  }

  /** One of them. Throws EXCEPTION_UNKNOWN, TOPIC_UNKNOWN. */
  async show(place: ExceptionPlace): Promise<ExceptionDetail> {
    const [stored] = await this.#at([place])
    if (stored === undefined) throw controlErrors.exceptionUnknown(idOf(place))
    return detailOf(stored)
  }

  /**
   * Sends exceptions again, the oldest first. Throws as `show` does; a `KafkaError` or
   * `RegistryClientError` leaves what was not sent as it was.
   */
  resend(request: ResendRequest): Promise<ResendView> {
    const resending = this.#resending.then(() => this.#resend(request))
    this.#resending = resending.catch(() => {})
    return resending
  }

  async #resend(request: ResendRequest): Promise<ResendView> {
    const { project, registryUrl } = this.#options
    const client = this.#options.client()
    const { clock } = client.cluster.host
    const recheck = new Recheck({ client, clock, registryUrl, project })
    const resend = await Resend.begin(client, recheck, { isDry: request.isDry })
    try {
      const progress: ScanProgress = { read: 0 }
      const { found, hasMore } = await this.#wanted(request, progress)
      const items = await resend.send(found.reverse())
      const count = (outcome: string) => items.filter((each) => each.outcome === outcome).length
      return {
        dryRun: request.isDry,
        resent: count('resent'),
        refused: count('refused'),
        items,
        ...(hasMore && { more: true }),
        ...told(progress),
      }
    } finally {
      await resend.end()
    }
  }

  /** The newest of those that are wanted; whether there are more of them. */
  async #wanted(
    { filter, limit, readMax, places }: ResendRequest,
    progress: ScanProgress,
  ): Promise<{ found: StoredException[]; hasMore: boolean }> {
    if (places !== undefined) return { found: await this.#at(places), hasMore: false }
    const found: StoredException[] = []
    let bytes = 0
    for await (const stored of this.#scan(filter, readMax, progress)) {
      if (!matches(stored, filter)) continue
      bytes += originalBytes(stored.event)?.length ?? 0
      const isFull = found.length === limit || (bytes > resendBytesMax && found.length > 0)
      if (isFull) return { found, hasMore: true }
      found.push(stored)
    }
    return { found, hasMore: false }
  }

  /** Those at these places, the newest first. Throws EXCEPTION_UNKNOWN where one is not there. */
  async #at(places: readonly ExceptionPlace[]): Promise<StoredException[]> {
    const { project } = this.#options
    const topics = [...new Set(places.flatMap(({ topic }) => exceptionTopics(project, topic)))]
    const missing = new Map(places.map((place) => [idOf(place), place]))
    const progress: ScanProgress = { read: 0 }
    const range = { topics, places, readMax: exceptionsReadMax }
    const found: StoredException[] = []
    for await (const stored of scan(this.#options.client(), range, progress)) {
      if (missing.delete(idOf(stored.place))) found.push(stored)
      if (missing.size === 0) break
    }
    const [[id, place] = []] = missing
    if (id === undefined || place === undefined) return found
    if (progress.stoppedAt === undefined) throw controlErrors.exceptionUnknown(id)
    throw controlErrors.exceptionTooFar(id, place.topic, progress.read)
  }

  #scan(filter: ExceptionFilter, readMax: number, progress: ScanProgress) {
    const topics = exceptionTopics(this.#options.project, filter.topic)
    return scan(this.#options.client(), { topics, since: filter.since, readMax }, progress)
  }
}

function told({ read, stoppedAt }: ScanProgress): { read: number; stoppedAt?: string } {
  return { read, ...(stoppedAt !== undefined && { stoppedAt: new Date(stoppedAt).toISOString() }) }
}
