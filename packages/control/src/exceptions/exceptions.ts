import type { LogClient } from '@millrace/log'
import type { ExceptionDetail, ExceptionsView, ResendItem, ResendView } from '../api/types.js'
import { controlErrors } from '../errors.js'
import { exceptionsReadMax, resendBytesMax } from '../limits.js'
import type { Project } from '../project/project.js'
import { type ExceptionTopic, exceptionTopics } from './exception-topics.js'
import { type ExceptionFilter, matches } from './filter.js'
import { type ExceptionPlace, idOf } from './place.js'
import { Recheck } from './recheck.js'
import { Resend } from './resend.js'
import { type ScanProgress, type ScanRange, scan } from './scan.js'
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
  /** As it is now. */
  project: () => Pick<Project, 'topics'>
  /** Base URL of the schema registry. */
  registryUrl: string
  /** A client of a cluster. */
  client: (cluster: string) => Promise<LogClient>
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
    const topics = this.#topics({ filter })
    for await (const stored of this.#scan(topics, { since: filter.since, readMax }, progress)) {
      if (!matches(stored, filter)) continue
      exceptions.push(viewOf(stored))
      if (exceptions.length === limit) break
    }
    return { exceptions, ...told(progress) }
  }

  /** One of them. Throws EXCEPTION_UNKNOWN, TOPIC_UNKNOWN. */
  async show(place: ExceptionPlace): Promise<ExceptionDetail> {
    const [stored] = await this.#at(exceptionTopics(this.#options.project(), place.topic), [place])
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
    const topics = this.#topics(request)
    const clusters = new Set(topics.map(({ cluster }) => cluster))
    const resends = new Map<string, Resend>()
    try {
      for (const cluster of clusters) resends.set(cluster, await this.#begin(cluster, request))
      const progress: ScanProgress = { read: 0 }
      const { found, hasMore } = await this.#wanted(topics, request, progress)
      const items: ResendItem[] = []
      for (const [cluster, resend] of resends) {
        const names = topics.filter((each) => each.cluster === cluster).map(({ name }) => name)
        const there = found.filter(({ place }) => names.includes(place.topic))
        items.push(...(await resend.send(there.reverse())))
      }
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
      for (const resend of resends.values()) await resend.end()
    }
  }

  async #begin(cluster: string, { isDry }: ResendRequest): Promise<Resend> {
    const { project, registryUrl } = this.#options
    const client = await this.#options.client(cluster)
    const { clock } = client.cluster.host
    const recheck = new Recheck({ client, clock, registryUrl, project: project() })
    return Resend.begin(client, recheck, { isDry })
  }

  /** Where those that are asked for may lie. */
  #topics({ places, filter }: Pick<ResendRequest, 'places' | 'filter'>): ExceptionTopic[] {
    const project = this.#options.project()
    if (places === undefined) return exceptionTopics(project, filter.topic)
    const named = places.flatMap(({ topic }) => exceptionTopics(project, topic))
    return [...new Map(named.map((each) => [each.name, each])).values()]
  }

  /** The newest of those that are wanted; whether there are more of them. */
  async #wanted(
    topics: readonly ExceptionTopic[],
    { filter, limit, readMax, places }: ResendRequest,
    progress: ScanProgress,
  ): Promise<{ found: StoredException[]; hasMore: boolean }> {
    if (places !== undefined) return { found: await this.#at(topics, places), hasMore: false }
    const found: StoredException[] = []
    let bytes = 0
    for await (const stored of this.#scan(topics, { since: filter.since, readMax }, progress)) {
      if (!matches(stored, filter)) continue
      bytes += originalBytes(stored.event)?.length ?? 0
      const isFull = found.length === limit || (bytes > resendBytesMax && found.length > 0)
      if (isFull) return { found, hasMore: true }
      found.push(stored)
    }
    return { found, hasMore: false }
  }

  /** Those at these places, the newest first. Throws EXCEPTION_UNKNOWN where one is not there. */
  async #at(
    topics: readonly ExceptionTopic[],
    places: readonly ExceptionPlace[],
  ): Promise<StoredException[]> {
    const missing = new Map(places.map((place) => [idOf(place), place]))
    const progress: ScanProgress = { read: 0 }
    const range = { places, readMax: exceptionsReadMax }
    const found: StoredException[] = []
    for await (const stored of this.#scan(topics, range, progress)) {
      if (missing.delete(idOf(stored.place))) found.push(stored)
      if (missing.size === 0) break
    }
    const [[id, place] = []] = missing
    if (id === undefined || place === undefined) return found
    if (progress.stoppedAt === undefined) throw controlErrors.exceptionUnknown(id)
    throw controlErrors.exceptionTooFar(id, place.topic, progress.read)
  }

  async *#scan(topics: readonly ExceptionTopic[], range: ScanRange, progress: ScanProgress) {
    const byCluster = new Map<string, string[]>()
    for (const { name, cluster } of topics) {
      byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), name])
    }
    const sources = [...byCluster].map(async ([cluster, names]) => {
      return { client: await this.#options.client(cluster), topics: names }
    })
    yield* scan(await Promise.all(sources), range, progress)
  }
}

function told({ read, stoppedAt }: ScanProgress): { read: number; stoppedAt?: string } {
  return { read, ...(stoppedAt !== undefined && { stoppedAt: new Date(stoppedAt).toISOString() }) }
}
