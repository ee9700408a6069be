import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '@millrace/host'
import { answersIn, type HttpAnswer } from './answers.js'
import { oneIn, oneOf } from './message.js'

/** How the bytes of a request go over the wire. */
export interface Delivery {
  /** Where the bytes are cut; with a pause behind each cut. */
  readonly cuts: readonly number[]
  readonly pauseMs: number
  /** After so many bytes the client is gone. */
  readonly hangUpAt?: number
  /** It does not read, and is gone a moment later. */
  readonly isDeaf?: boolean
}

export function someDelivery(random: Random, bytes: number): Delivery {
  const whole: Delivery = { cuts: [], pauseMs: 0 }
  if (!oneIn(random, 4)) return whole
  const cuts = Array.from({ length: 1 + random.below(5) }, () => random.below(bytes + 1))
  cuts.sort((a, b) => a - b)
  switch (random.below(4)) {
    case 0:
      return { ...whole, hangUpAt: random.below(bytes + 1) }
    case 1:
      return { ...whole, isDeaf: true }
    default:
      return { cuts, pauseMs: oneOf(random, [0, 0, 1, 5]) }
  }
}

/** What a client waits for. */
export interface Expected {
  /** Of the requests in the bytes. */
  readonly methods: readonly string[]
  readonly answers: number
  /** How long it waits for these, and how long for whatever else may come. */
  readonly msMax: number
  readonly lingerMs: number
  /** What is sent is no HTTP: what comes back then may stand in the middle of an answer. */
  readonly isBroken?: boolean
}

export interface Exchanged {
  readonly answers: readonly HttpAnswer[]
  /** Of a client that hangs up: it may be that more was done than was told. */
  readonly isHungUp: boolean
  /** The server closed while it was sent to: what it said before may be lost on the way. */
  readonly isReset: boolean
  /** An answer that was expected did not come in its time. */
  readonly isLate: boolean
}

/** How long a client that does not read stays. */
const deafMs = 5

/**
 * Sends bytes, and takes what is answered, until all that is expected is here or the server hangs
 * up. Rejects where the answers are no HTTP.
 */
export async function exchange(
  port: number,
  bytes: Buffer,
  delivery: Delivery,
  expected: Expected,
): Promise<Exchanged> {
  const { methods, answers: count, msMax, lingerMs } = expected
  const { cuts, pauseMs, hangUpAt, isDeaf = false } = delivery
  const socket = net.connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  const chunks: Buffer[] = []
  let isClosed = false
  let isReset = false
  let wake = () => {}
  const changed = () => {
    wake()
  }
  if (!isDeaf) {
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      changed()
    })
  }
  socket.on('error', () => {
    isReset = true
  })
  socket.on('close', () => {
    isClosed = true
    changed()
  })
  const read = () => {
    try {
      return answersIn(Buffer.concat(chunks), isClosed, methods)
    } catch (cause) {
      if (expected.isBroken) return []
      throw cause
    }
  }
  try {
    const sent = hangUpAt === undefined ? bytes : bytes.subarray(0, hangUpAt)
    let from = 0
    for (const cut of [...cuts.filter((at) => at < sent.length), sent.length]) {
      if (isClosed) break
      socket.write(sent.subarray(from, cut))
      from = cut
      if (cut < sent.length) await sleep(pauseMs)
    }
    if (hangUpAt !== undefined || isDeaf) {
      await sleep(deafMs)
      return {
        answers: read().filter((each) => each.isComplete),
        isHungUp: true,
        isReset,
        isLate: false,
      }
    }
    let deadline = performance.now() + msMax
    let isLingering = false
    for (;;) {
      const answers = read()
      const complete = answers.filter((each) => each.isComplete).length
      if (!isLingering && complete >= count) {
        isLingering = true
        deadline = performance.now() + lingerMs
      }
      const left = deadline - performance.now()
      if (isClosed || left <= 0)
        return { answers, isHungUp: false, isReset, isLate: complete < count }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    socket.destroy()
  }
}
