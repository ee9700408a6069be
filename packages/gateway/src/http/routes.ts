import { routeCharsMax, routesMax } from '../limits.js'
import type { Acknowledge } from '../store.js'

/** What the URL of a request that stores records says. */
export interface ProduceRoute {
  readonly kind: 'v2' | 'v3-records' | 'v3-batch' | 'events'
  /** Of the records; empty where each event has its own. */
  readonly topic: string
  /** Of v2, where the path names one. */
  readonly partition?: number | undefined
  /** The id in the paths of v3. */
  readonly clusterId: string
  /** Where the query says how it is to be answered. */
  readonly acknowledge?: Acknowledge | undefined
}

const v2Path = /^\/topics\/([^/]+)(?:\/partitions\/(\d{1,9}))?\/?$/
const eventsPath = /^\/events\/?$/
const v3Path = /^\/v3\/clusters\/([^/]+)\/topics\/([^/]+)\/records(:batch)?\/?$/

/** Reads the URLs of requests that store records; those that were read are remembered. */
export class ProduceRoutes {
  readonly #known = new Map<string, ProduceRoute | undefined>()

  /** Undefined where a URL is another's. */
  of(url: string): ProduceRoute | undefined {
    const known = this.#known.get(url)
    if (known !== undefined) return known
    const route = readRoute(url)
    if (route === undefined || url.length > routeCharsMax) return route
    if (this.#known.size >= routesMax) this.#known.clear()
    this.#known.set(url, route)
    return route
  }
}

function readRoute(url: string): ProduceRoute | undefined {
  const [path = '', query = ''] = url.split('?', 2)
  const acknowledge = readAcknowledge(new URLSearchParams(query))
  if (eventsPath.test(path)) return { kind: 'events', topic: '', clusterId: '', acknowledge }
  try {
    const v2 = v2Path.exec(path)
    if (v2 !== null) {
      const [, topic = '', partition] = v2
      return {
        kind: 'v2',
        topic: decodeURIComponent(topic),
        partition: partition === undefined ? undefined : Number(partition),
        clusterId: '',
        acknowledge,
      }
    }
    const v3 = v3Path.exec(path)
    if (v3 === null) return undefined
    const [, clusterId = '', topic = '', batch] = v3
    return {
      kind: batch === undefined ? 'v3-records' : 'v3-batch',
      topic: decodeURIComponent(topic),
      clusterId: decodeURIComponent(clusterId),
      acknowledge,
    }
  } catch {
    // A % that begins no escape; the router says so.
    return undefined
  }
}

/** `?dry-run`, `?async`, each also with `=true` or `=false`. */
function readAcknowledge(query: URLSearchParams): Acknowledge | undefined {
  if (isSet(query.get('dry-run'))) return 'dry-run'
  const async = query.get('async')
  if (async === null) return undefined
  return isSet(async) ? 'spool' : 'log'
}

function isSet(value: string | null): boolean {
  return value !== null && value !== 'false'
}
