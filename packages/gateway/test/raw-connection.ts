import net from 'node:net'

/** A connection on which a test decides on every byte, and when to read. */
export class RawConnection {
  readonly socket: net.Socket
  /** Resolves when it is closed, by whomever. */
  readonly closed: Promise<void>
  #received: Buffer[] = []

  private constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('data', (chunk) => this.#received.push(chunk))
    // Hang-ups in both directions are what is tested.
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
  }

  /** Half open: it goes on reading after it has ended its own side. */
  static open(url: string): Promise<RawConnection> {
    const { hostname: host, port } = new URL(url)
    const socket = net.connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true })
    const connection = new RawConnection(socket)
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(connection))
      socket.once('error', reject)
    })
  }

  get received(): string {
    return Buffer.concat(this.#received).toString()
  }

  /** Statuses of the answers so far. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
  }
}

/** A request with a body: its length is said, or it goes in chunks that end at these places. */
export function rawRequest(
  line: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  chunksEnd?: readonly number[],
): Buffer {
  const bytes = Buffer.from(body)
  const lines = [`${line} HTTP/1.1`, 'host: x']
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (chunksEnd === undefined) {
    lines.push(`content-length: ${bytes.length}`)
    return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes])
  }
  lines.push('transfer-encoding: chunked')
  const parts = [Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)]
  let from = 0
  for (const to of [...chunksEnd, bytes.length]) {
    if (to <= from) continue
    parts.push(Buffer.from(`${(to - from).toString(16)}\r\n`), bytes.subarray(from, to))
    parts.push(Buffer.from('\r\n'))
    from = to
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
