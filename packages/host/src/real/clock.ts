import { type Clock, sleepOn } from '../clock.js'

/** The machine's clock and timers. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
  sleep: (delayMs, signal) => sleepOn(realClock, delayMs, signal),
}
