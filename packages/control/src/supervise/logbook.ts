import path from 'node:path'
import type { DiskFile, Host } from '@millrace/host'
import { logFileBytesMax } from '../limits.js'

/** `millrace.log` in the data folder: what the roles say, a line each with its time. */
export class Logbook {
  readonly #host: Host
  readonly #path: string
  readonly #echo: ((line: string) => void) | undefined
  #file: DiskFile
  #bytes: number

  constructor(host: Host, folder: string, echo?: (line: string) => void) {
    this.#host = host
    this.#path = path.join(folder, 'millrace.log')
    this.#echo = echo
    host.disk.makeDirectory(folder)
    this.#file = host.disk.open(this.#path, { create: true })
    this.#bytes = this.#file.size()
  }

  /** Adds what `role` says. */
  write(role: string, text: string): void {
    for (const each of text.split('\n')) {
      const line = `${new Date(this.#host.clock.now()).toISOString()} ${role}: ${each}`
      this.#echo?.(line)
      const bytes = Buffer.from(`${line}\n`)
      this.#file.write(this.#bytes, bytes)
      this.#bytes += bytes.length
    }
    if (this.#bytes > logFileBytesMax) this.#setAside()
  }

  close(): void {
    this.#file.close()
  }

  #setAside(): void {
    this.#file.close()
    this.#host.disk.rename(this.#path, `${this.#path}.1`)
    this.#file = this.#host.disk.open(this.#path, { create: true })
    this.#bytes = 0
  }
}
