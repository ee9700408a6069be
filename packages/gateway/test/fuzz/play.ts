/**
 * Sends what seeds say to the platform, and looks behind each whether all is as it must be: the
 * answer, the process, another client's request, and now and then what the topics hold.
 */

import { wrongIn } from './answer-laws.js'
import { type Attempt, attemptOf } from './attempt.js'
import { type Exchanged, exchange } from './exchange.js'
import { type FramedRequest, type Framing, framingOf } from './framing.js'
import { Healthy } from './healthy.js'
import { Ledger } from './ledger.js'
import { outcomeOf, valuesOf } from './meaning.js'
import { PlatformUnderTest } from './platform-under-test.js'
import { Representation } from './represents.js'
import { topicNames } from './topics.js'

export interface Problem {
  /** Where it was found; what made it may be any of the seeds since the topics were read last. */
  readonly attempt: Attempt
  readonly what: string
}

export interface PlayCounts {
  requests: number
  answers: number
  refused: number
  stored: number
  hungUp: number
  platforms: number
}

/** A platform is replaced by a new one after so many requests, so that what it keeps is bounded. */
const requestsPerPlatform = 4_000
/** Every so many requests the topics are read. */
const requestsPerCheck = 50
/** The longest time in which the process may do nothing else. */
const blockedMsMax = 1_000
/** The longest wait for an answer: a consumer may wait for its group. */
const answerMsMax = 15_000
/** A read may wait for records as long as it likes. */
const readMsMax = 1_500
const lingerMs = 30
/** How much more the platform may hold after `requestsPerPlatform` than after a tenth of them. */
const grownBytesMax = 128 * 1024 * 1024

interface World {
  readonly platform: PlatformUnderTest
  readonly ledger: Ledger
  readonly healthy: Healthy
  requests: number
  heapBytes: number
}

export class Play {
  readonly counts: PlayCounts = {
    requests: 0,
    answers: 0,
    refused: 0,
    stored: 0,
    hungUp: 0,
    platforms: 0,
  }
  #world: World | undefined

  /** Plays a seed; gives what is wrong. */
  async run(seed: number): Promise<Problem[]> {
    const world = this.#world ?? (await this.#start())
    const attempt = attemptOf(seed, world.platform.ready.clusterId)
    const problems = await this.send(attempt)
    const { requests } = world
    if (problems.length === 0 && requests % requestsPerCheck === 0)
      problems.push(...(await this.check()))
    if (problems.length === 0 && requests === requestsPerPlatform / 10) {
      world.heapBytes = await world.platform.heap()
    }
    if (problems.length === 0 && requests >= requestsPerPlatform) {
      const grown = (await world.platform.heap()) - world.heapBytes
      if (grown > grownBytesMax)
        problems.push(`the process holds ${grown} bytes more than at first`)
      await this.stop()
    }
    return problems.map((what) => ({ attempt, what }))
  }

  /** Sends one request, and looks what became of it and of the platform. */
  async send(attempt: Attempt): Promise<string[]> {
    const world = this.#world ?? (await this.#start())
    world.requests++
    this.counts.requests++
    try {
      return [...(await this.#exchanged(world, attempt)), ...(await this.#state(world))]
    } catch (cause) {
      const { end } = world.platform
      return [end ?? (cause as Error).stack ?? String(cause)]
    }
  }

  /** Compares what the topics hold with what senders were told. */
  async check(): Promise<string[]> {
    if (this.#world === undefined) return []
    const { platform, ledger } = this.#world
    try {
      const deadline = performance.now() + 10_000
      for (;;) {
        const counts = await platform.counts()
        const { admitted } = await platform.state()
        const isSettled =
          counts.every(({ spooled }) => spooled === 0) && admitted.every((n) => n === 0)
        if (isSettled || performance.now() > deadline) break
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      const { admitted } = await platform.state()
      const problems = await ledger.check(
        await platform.stored(ledger.next),
        await platform.counts(),
      )
      if (admitted.some((n) => n !== 0)) problems.push(`places were not given back: ${admitted}`)
      const reopened = await platform.reopened()
      if (reopened !== undefined)
        problems.push(`the registry is another after a restart: ${reopened}`)
      return problems
    } catch (cause) {
      return [platform.end ?? (cause as Error).stack ?? String(cause)]
    }
  }

  /** The next seed has a new platform. */
  async stop(): Promise<void> {
    const world = this.#world
    this.#world = undefined
    await world?.platform.stop()
  }

  async #start(): Promise<World> {
    const platform = await PlatformUnderTest.start()
    const { gatewayPort, registryPort } = platform.ready
    const representation = new Representation(`http://127.0.0.1:${registryPort}`)
    const ledger = new Ledger(representation, [...topicNames, 'avro', 'json', 'proto', 'hostile'])
    const healthy = await Healthy.first(gatewayPort, registryPort)
    this.counts.platforms++
    this.#world = { platform, ledger, healthy, requests: 0, heapBytes: 0 }
    return this.#world
  }

  async #exchanged(world: World, attempt: Attempt): Promise<string[]> {
    const { platform, ledger } = world
    const { bytes, delivery, to } = attempt
    const framing = await framingOf(bytes.subarray(0, delivery.hangUpAt))
    if (framing.requests.some((each) => breaksOthers(each, to))) return []
    const { gatewayPort, registryPort } = platform.ready
    const port = to === 'gateway' ? gatewayPort : registryPort
    const complete = framing.requests.filter(({ isComplete }) => isComplete)
    const isRead = complete.some(({ url }) => /^\/consumers\/.*\/records/.test(url))
    const isWhole = !framing.isBroken && complete.length === framing.requests.length
    const exchanged = await exchange(port, bytes, delivery, {
      methods: framing.requests.map(({ method }) => method),
      answers: complete.length,
      msMax: isRead ? readMsMax : answerMsMax,
      lingerMs: isWhole && complete.length > 0 ? 0 : lingerMs,
      isBroken: framing.isBroken,
    })
    if (exchanged.isHungUp) this.counts.hungUp++
    if (framing.requests.some((each) => changesAll(each, to))) await platform.reset()
    const problems = this.#answered(ledger, framing, exchanged, attempt)
    const isOver = exchanged.answers.some(({ headers }) => headers.get('connection') === 'close')
    if (exchanged.isLate && !isRead && !isOver && !exchanged.isReset) {
      problems.push(`${exchanged.answers.length} answers came to ${complete.length} requests`)
    }
    return problems
  }

  #answered(ledger: Ledger, framing: Framing, exchanged: Exchanged, attempt: Attempt): string[] {
    const problems: string[] = []
    for (const [at, answer] of exchanged.answers.entries()) {
      const request = framing.requests[at]
      if (!answer.isComplete) {
        // A stream is answered while it comes.
        if (request?.isComplete === false) {
          ledger.addUnsure(valuesOf(request))
          continue
        }
        problems.push(`an answer with status ${answer.status} is cut off`)
        continue
      }
      this.counts.answers++
      if (answer.status >= 400) this.counts.refused++
      if (request !== undefined) problems.push(...wrongIn(answer, request))
      if (request === undefined || problems.length > 0) continue
      const outcome = outcomeOf(request, answer.status, answer.body.toString())
      problems.push(...outcome.problems)
      for (const told of outcome.stored) {
        this.counts.stored++
        problems.push(...ledger.add(told))
      }
      const body = answer.body.toString()
      const isRefused = answer.status >= 300 || /"error_code":[3-9]/.test(body)
      if (attempt.message?.isRight === true && isRefused) {
        problems.push(`what is right is answered with ${answer.status}: ${body.slice(0, 300)}`)
      }
    }
    const untold = framing.requests.slice(exchanged.answers.length)
    for (const request of untold) {
      const isStream = request.url.includes('/records') && !request.url.includes(':batch')
      if (request.isComplete || isStream) ledger.addUnsure(valuesOf(request))
    }
    return problems
  }

  async #state(world: World): Promise<string[]> {
    const { platform, healthy } = world
    const problems = await healthy.problems()
    const { blockedMs, cpuMs, lines } = await platform.state()
    const blocked = Math.min(blockedMs, cpuMs)
    if (blocked > blockedMsMax) problems.push(`nothing else was done for ${Math.round(blocked)} ms`)
    if (lines.length > 0) problems.push(`the log says: ${lines.join('\n')}`)
    return problems
  }
}

/** Requests that would take away what other requests are judged by. */
function breaksOthers({ method, url, body }: FramedRequest, to: Attempt['to']): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  if (to === 'registry') return method !== 'POST' && /-value|-topic/.test(url)
  if (!/\/v3\//.test(url) || /\/records(:batch)?\/?(\?|$)/.test(url)) return false
  const named = /\/topics\/-\//.test(url) ? body.toString('latin1') : url
  return url.includes('broker') || topicNames.some((name) => named.includes(name))
}

/** Settings of the whole registry, which are put back. */
function changesAll({ method, url }: FramedRequest, to: Attempt['to']): boolean {
  return to === 'registry' && method !== 'GET' && /config|mode/.test(url)
}
