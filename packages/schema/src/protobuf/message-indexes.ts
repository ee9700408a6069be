/**
 * Which message of a file a payload holds: the way to it, by number among the messages of each
 * scope, as zigzag varints after their count. The first message of a file, which most have only,
 * is one byte 0.
 */
import type { DescFile, DescMessage } from '@bufbuild/protobuf'
import { RefusedError } from '../codec.js'

/** Deepest nesting of messages that is followed. */
const depthMax = 100

/** The bytes before a payload that holds `message`. */
export function writeIndexes(message: DescMessage): Buffer {
  const way: number[] = []
  for (let at: DescMessage | undefined = message; at !== undefined; at = at.parent) {
    way.unshift(siblings(at).indexOf(at))
  }
  if (way.length === 1 && way[0] === 0) return Buffer.of(0)
  return Buffer.from([way.length, ...way].flatMap(zigzag))
}

/** The message that a payload holds, and where it begins. Throws a `RefusedError`. */
export function readIndexes(
  file: DescFile,
  bytes: Buffer,
): { message: DescMessage; start: number } {
  let at = 0
  const next = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 28) throw refusal()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
  }
  const count = next()
  if (count < 0 || count > depthMax) throw refusal()
  const way = count === 0 ? [0] : Array.from({ length: count }, next)
  let message: DescMessage | undefined
  for (const index of way) {
    message = messagesOf(message ?? file)[index]
    if (message === undefined) throw refusal()
  }
  if (message === undefined) throw refusal()
  return { message, start: at }
}

/** Messages of a scope in the order of the file, without those that stand for maps. */
function messagesOf(scope: DescFile | DescMessage): readonly DescMessage[] {
  return scope.kind === 'file' ? scope.messages : scope.nestedMessages
}

function siblings(message: DescMessage): readonly DescMessage[] {
  return messagesOf(message.parent ?? message.file)
}

function zigzag(value: number): number[] {
  const bytes: number[] = []
  let rest = value * 2
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return bytes
}

function refusal(): RefusedError {
  return new RefusedError('the bytes name no message of this schema')
}
