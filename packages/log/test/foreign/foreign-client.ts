import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import readline from 'node:readline'
import type { TestContext } from 'node:test'
import { afterwards, eventually } from '../broker-harness.js'

/** How long an answer may take, on a machine that is busy with other things. */
const answerTimeoutMs = 60_000

/** After how long a member that is silent is left out; the least that Kafka allows by default. */
const deathSeenMs = 6_000

/** What a client is given to write. Where it goes is always said: partitioners have their own test. */
export interface ForeignRecord {
  partition: number
  key: string | null
  value: string | null
  headers: [name: string, value: string | null][]
  timestamp: number
}

export interface ReadRecord extends ForeignRecord {
  offset: number
}

/** Kafka's code of what a client was refused with, `UNKNOWN` where it does not tell. */
export class ForeignFailure extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(`${code}: ${message}`)
    this.code = code
  }
}

export interface ProducerOptions {
  compression?: string
  idempotent?: boolean
  transactionalId?: string
}

export interface MemberOptions {
  /** The group's protocol: Kafka's older one, unless said. */
  protocol?: 'classic' | 'consumer'
  assignor?: 'range' | 'cooperative-sticky'
  instanceId?: string
}

export interface CopyOptions {
  group: string
  from: string
  to: string
  transactionalId: string
  abortEvery: number
}

/**
 * A client that others wrote, in a process of its own, so that it can be killed.
 *
 * It is told what to do by a line of JSON (`{"id":1,"do":"send",…}`), and answers each with one:
 * `{"id":1,"answer":…}`, or `{"id":1,"failure":{"code":"INVALID_PRODUCER_EPOCH","message":"…"}}`.
 * Between them come events: what a member of a group was assigned
 * (`{"event":"assigned","member":"a","partitions":[0,2]}`, always all that it has), and what it
 * read (`{"event":"records","member":"a","records":[…]}`), which it then commits; what a copier
 * tells that it read is copied. It ends when its input does.
 */
export class ForeignClient {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, (line: Line) => void>()
  readonly #members = new Map<string, Member>()
  #asked = 0
  #errors = ''

  private constructor(program: string, args: readonly string[]) {
    this.#process = spawn(program, args)
    this.#process.stderr.on('data', (chunk) => {
      this.#errors = `${this.#errors}${chunk}`.slice(-20_000)
    })
    this.#process.stdin.on('error', () => {})
    const failAll = (why: string) => {
      const failure = { code: 'ENDED', message: `${why}: ${this.#errors}` }
      for (const resolve of this.#waiting.values()) resolve({ failure })
      this.#waiting.clear()
    }
    this.#process.on('error', (error) => failAll(error.message))
    this.#process.on('close', (code, signal) => failAll(`It ended with ${code ?? signal}`))
    const lines = readline.createInterface({ input: this.#process.stdout })
    lines.on('line', (text) => this.#take(JSON.parse(text) as Line))
  }

  /** Starts one; ended after the test. */
  static start(t: TestContext, program: string, args: readonly string[]): ForeignClient {
    const client = new ForeignClient(program, args)
    afterwards(t, () => client.kill())
    return client
  }

  /** Asks for something and resolves with the answer. Rejects with a `ForeignFailure`. */
  async ask<Answer>(verb: string, args: object = {}): Promise<Answer> {
    const id = ++this.#asked
    const line = await new Promise<Line>((resolve) => {
      const timer = setTimeout(() => {
        const message = `No answer to ${verb} ${JSON.stringify(args)}: ${this.#errors}`
        resolve({ failure: { code: 'NO_ANSWER', message } })
      }, answerTimeoutMs)
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      this.#process.stdin.write(`${JSON.stringify({ ...args, id, do: verb })}\n`)
    })
    if (line.failure !== undefined) {
      throw new ForeignFailure(line.failure.code, line.failure.message)
    }
    return line.answer as Answer
  }

  /** Opens a producer; it is spoken of by its name. */
  async producer(producer: string, options: ProducerOptions = {}): Promise<void> {
    await this.ask('producer', { producer, ...options })
  }

  /** Resolves when all are acknowledged. */
  async send(producer: string, topic: string, records: readonly ForeignRecord[]): Promise<void> {
    await this.ask('send', { producer, topic, records })
  }

  async begin(producer: string): Promise<void> {
    await this.ask('begin', { producer })
  }

  async commit(producer: string): Promise<void> {
    await this.ask('commit', { producer })
  }

  async abort(producer: string): Promise<void> {
    await this.ask('abort', { producer })
  }

  /** The first `count` records of a topic, by partition and offset. */
  async read(topic: string, count: number, committed = false): Promise<ReadRecord[]> {
    const records = await this.ask<ReadRecord[]>('read', { topic, count, committed })
    return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  }

  /** Joins a group and reads from where it is, or from the beginning; commits what it reads. */
  async join(
    member: string,
    group: string,
    topic: string,
    options: MemberOptions = {},
  ): Promise<Member> {
    const made = new Member(member, this)
    this.#members.set(member, made)
    await this.ask('join', { member, group, topic, sessionTimeoutMs: deathSeenMs, ...options })
    return made
  }

  /**
   * Joins a group that copies from one topic into another, into the same partitions: some twenty
   * records and their offsets in one transaction. Every so many of them are aborted, and done again.
   */
  async copy(member: string, options: CopyOptions): Promise<Member> {
    const made = new Member(member, this)
    this.#members.set(member, made)
    const { from, ...others } = options
    await this.ask('copy', { member, topic: from, sessionTimeoutMs: deathSeenMs, ...others })
    return made
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = new Promise((resolve) => this.#process.once('close', resolve))
    this.#process.kill('SIGKILL')
    await ended
  }

  #take(line: Line): void {
    if (line.event !== undefined) {
      this.#members.get(line.member ?? '')?.take(line)
      return
    }
    const resolve = this.#waiting.get(line.id ?? 0)
    this.#waiting.delete(line.id ?? 0)
    resolve?.(line)
  }
}

interface Line {
  id?: number
  answer?: unknown
  failure?: { code: string; message: string }
  event?: 'assigned' | 'records'
  member?: string
  partitions?: number[]
  records?: ReadRecord[]
}

/** A member of a group, as its client tells of it. */
export class Member {
  readonly name: string
  readonly #client: ForeignClient
  readonly #read: ReadRecord[] = []
  #partitions: number[] = []
  #assignments = 0

  constructor(name: string, client: ForeignClient) {
    this.name = name
    this.#client = client
  }

  /** Sorted. */
  get partitions(): readonly number[] {
    return this.#partitions
  }

  get read(): readonly ReadRecord[] {
    return this.#read
  }

  /** How often it was assigned something new. */
  get assignments(): number {
    return this.#assignments
  }

  take({ event, partitions, records }: Line): void {
    if (event === 'assigned') {
      this.#partitions = (partitions ?? []).sort((a, b) => a - b)
      this.#assignments++
    } else {
      this.#read.push(...(records ?? []))
    }
  }

  async leave(): Promise<void> {
    await this.#client.ask('leave', { member: this.name })
  }
}

/** Waits until the members share all partitions in so many parts. */
export async function untilShared(
  members: readonly Member[],
  shares: readonly number[],
): Promise<void> {
  const sorted = (numbers: number[]) => numbers.sort((a, b) => a - b)
  const wanted = sorted([...shares])
  const all = wanted.reduce((sum, each) => sum + each, 0)
  const told = () => members.map(({ name, partitions }) => `${name}: ${partitions}`).join('; ')
  try {
    await eventually(() => {
      const present = sorted(members.map(({ partitions }) => partitions.length))
      const distinct = new Set(members.flatMap(({ partitions }) => partitions))
      return (distinct.size === all && present.join() === wanted.join()) || undefined
    }, answerTimeoutMs)
  } catch {
    assert.fail(`not shared in ${shares.join(' and ')}: ${told()}`)
  }
}
