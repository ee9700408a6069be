import { Admission } from '../../src/index.js'

/** Admission that tells what is under way, by its own count. */
export class CountedAdmission extends Admission {
  requests = 0
  bytes = 0

  override enter(bytes: number, requests = 1): (() => void) | undefined {
    const leave = super.enter(bytes, requests)
    if (leave === undefined) return undefined
    this.requests += requests
    this.bytes += bytes
    return () => {
      this.requests -= requests
      this.bytes -= bytes
      leave()
    }
  }
}
