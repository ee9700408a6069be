import path from 'node:path'
import type { DiskFile, Host } from '@millrace/host'
import { logFileBytesMax } from '../limits.js'

/** `millrace.log` in the data folder: what the roles say, a line each with its time. */
export class Logbook {
  readonly #host: Host
  readonly #path: string
  readonly #echo: ((line: string) => void) | undefined
  /** Opened when there is something to write. */
  #file: DiskFile | undefined
  #bytes = 0

  constructor(host: Host, folder: string, echo?: (line: string) => void) {
    this.#host = host
    this.#path = path.join(folder, 'millrace.log')
    this.#echo = echo
  }

  /** Adds what `role` says. */
  write(role: string, text: string): void {
    const file = this.#open()
    for (const each of text.split('\n')) {
      const line = `${new Date(this.#host.clock.now()).toISOString()} ${role}: ${each}`
      this.#echo?.(line)
      const bytes = Buffer.from(`${line}\n`)
      file.write(this.#bytes, bytes)
      this.#bytes += bytes.length
    }
    if (this.#bytes > logFileBytesMax) this.#setAside()
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  #open(): DiskFile {
    if (this.#file !== undefined) return this.#file
    const file = this.#host.disk.open(this.#path, { create: true })
    this.#bytes = file.size()
    this.#file = file
    return file
  }

  #setAside(): void {
    this.close()
    this.#host.disk.rename(this.#path, `${this.#path}.1`)
  }
}
