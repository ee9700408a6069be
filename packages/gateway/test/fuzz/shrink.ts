import type { Attempt } from './attempt.js'
import { bytesOf, type Message } from './message.js'
import type { Play } from './play.js'

const triesMax = 200

/** The smallest request found that is still answered wrongly in the same way. */
export async function shrunk(play: Play, attempt: Attempt, what: string): Promise<Attempt> {
  const kind = kindOf(what)
  let tries = 0
  const isStillWrong = async (candidate: Attempt): Promise<boolean> => {
    tries++
    const problems = await play.send(candidate)
    if (problems.length === 0) problems.push(...(await play.check()))
    // What is wrong now may go on being wrong.
    if (problems.length > 0) await play.stop()
    return problems.some((each) => kindOf(each) === kind)
  }
  await play.stop()
  if (!(await isStillWrong(attempt))) return attempt
  let best = attempt
  const delivery = { cuts: [], pauseMs: 0 }
  for (const simpler of [{ ...best, delivery }]) if (await isStillWrong(simpler)) best = simpler
  for (let parts = 2; parts <= 64 && tries < triesMax; ) {
    const smaller = await firstOf(without(best, parts), isStillWrong, () => tries < triesMax)
    if (smaller === undefined) parts *= 2
    else best = smaller
  }
  return best
}

async function firstOf(
  candidates: Iterable<Attempt>,
  isWrong: (candidate: Attempt) => Promise<boolean>,
  mayGoOn: () => boolean,
): Promise<Attempt | undefined> {
  for (const candidate of candidates) {
    if (!mayGoOn()) return undefined
    if (await isWrong(candidate)) return candidate
  }
  return undefined
}

/** The same with one part in so many left out: of the headers, of the body, or of the bytes. */
function* without(attempt: Attempt, parts: number): Iterable<Attempt> {
  const { message, bytes } = attempt
  if (message === undefined) {
    for (const left of leftOut(bytes, parts)) yield { ...attempt, bytes: left }
    return
  }
  const withMessage = (changed: Message): Attempt => {
    return { ...attempt, message: changed, bytes: bytesOf(changed) }
  }
  if (parts === 2) {
    for (const [at] of message.headers.entries()) {
      yield withMessage({ ...message, headers: message.headers.toSpliced(at, 1) })
    }
  }
  for (const body of leftOut(message.body ?? Buffer.alloc(0), parts))
    yield withMessage({ ...message, body })
}

function* leftOut(bytes: Buffer, parts: number): Iterable<Buffer> {
  const size = Math.ceil(bytes.length / parts)
  for (let at = 0; size > 0 && at < bytes.length; at += size) {
    yield Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)])
  }
}

/** What is wrong, without what differs from one time to the next. */
function kindOf(what: string): string {
  return what.replace(/\d+|"[^"]*"/g, '#').slice(0, 40)
}

/** A request for people, and for a shell. */
export function printed({ to, bytes, message, delivery }: Attempt): string {
  const lines = [`to the ${to}, ${bytes.length} bytes, delivered ${JSON.stringify(delivery)}`]
  const hex = bytes.toString('hex')
  if (message !== undefined && bytes.length < charsMax) lines.push(curl(message))
  lines.push(hex.length <= charsMax ? hex : `${hex.slice(0, charsMax)}… (the seed has all of it)`)
  return lines.join('\n')
}

const charsMax = 4_000

function curl({ to, method, path, headers, body }: Message): string {
  const options = headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`)
  if (body !== undefined) options.push(`--data-binary ${quoted(body.toString('latin1'))}`)
  return `curl -i -X ${method} ${options.join(' ')} ${quoted(`http://${to.toUpperCase()}${path}`)}`
}

/** As bash reads it, with bytes that do not print as escapes. */
function quoted(text: string): string {
  const escaped = text.replace(/[\\']/g, '\\$&').replace(/[^ -~]/g, (char) => {
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `$'${escaped}'`
}
