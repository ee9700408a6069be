/** The built page and a recorded platform behind one HTTP server, as control serves them. */
import { readFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import path from 'node:path'
import type { BoardRows, ErrorView, PlatformView } from '@millrace/control/api'

export interface Recording {
  viewAt: (second: number) => PlatformView
  boardAt: (name: string, second: number) => BoardRows | ErrorView
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

/** A recording played at one view a second, whether or not the server is up. */
export class RecordedPlatform {
  readonly #page: string
  readonly #began = Date.now()
  #server: Server | undefined
  recording: Recording

  constructor(page: string, recording: Recording) {
    this.#page = page
    this.recording = recording
  }

  /** Seconds since the recording began. */
  get second(): number {
    return Math.floor((Date.now() - this.#began) / 1000)
  }

  /** Listens on the port, or on a free one; returns which. */
  async start(port = 0): Promise<number> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://page')
      this.#answer(url.pathname, response).catch(() => response.writeHead(404).end())
    })
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('not a TCP address')
    return address.port
  }

  /** Dies: open connections are cut. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  async #answer(pathname: string, response: ServerResponse): Promise<void> {
    if (pathname === '/api/live') return this.#live(response)
    if (pathname.startsWith('/api/boards/')) {
      const name = decodeURIComponent(pathname.slice('/api/boards/'.length))
      const answer = this.recording.boardAt(name, this.second)
      const status = 'code' in answer ? 400 : 200
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
      return
    }
    const file = path.join(this.#page, pathname === '/' ? 'index.html' : path.normalize(pathname))
    const bytes = await readFile(file)
    response
      .writeHead(200, { 'content-type': types[path.extname(file)] ?? 'text/plain' })
      .end(bytes)
  }

  #live(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    const send = () => {
      const view = JSON.stringify(this.recording.viewAt(this.second))
      response.write(`event: platform\ndata: ${view}\n\n`)
    }
    send()
    const timer = setInterval(send, 1000)
    response.on('close', () => clearInterval(timer))
  }
}
