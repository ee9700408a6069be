import type { Random } from '@millrace/host'

/** A request before it is bytes. Its framing is made when it is written, so it is always right. */
export interface Message {
  /** Which door it is for, to be told. */
  readonly door: string
  readonly to: 'gateway' | 'registry'
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer | undefined
  /** The body goes in chunks of so many bytes; whole, with its length, where it is not said. */
  readonly chunkBytes?: number
  /** Nothing is wrong with it, whatever came before: it has to succeed. */
  readonly isRight?: boolean
}

/** A request with a body of JSON. */
export function jsonMessage(
  message: Omit<Message, 'body' | 'headers'>,
  contentType: string,
  body: unknown,
): Message {
  const headers = [['content-type', contentType]] as const
  return { ...message, headers, body: Buffer.from(JSON.stringify(body)) }
}

/** The request as it is sent. */
export function bytesOf({ method, path, headers, body, chunkBytes }: Message): Buffer {
  const lines = [`${method} ${path} HTTP/1.1`, 'host: fuzz', 'connection: close']
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  if (body !== undefined) {
    lines.push(
      chunkBytes === undefined ? `content-length: ${body.length}` : 'transfer-encoding: chunked',
    )
  }
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  if (body === undefined) return head
  if (chunkBytes === undefined) return Buffer.concat([head, body])
  const parts: Buffer[] = [head]
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes)
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

export function oneOf<Value>(random: Random, values: readonly Value[]): Value {
  return values[random.below(values.length)] as Value
}

/** True once in so many times. */
export function oneIn(random: Random, times: number): boolean {
  return random.below(times) === 0
}

export function listOf<Value>(random: Random, most: number, make: () => Value): Value[] {
  return Array.from({ length: random.below(most + 1) }, make)
}
