import type { SimulatedClock } from './clock.js'

/** Timers that fire in one turn of the event loop; each sees the world that the last one left. */
const timersPerTurn = 64

/**
 * Runs the world on a clock until `isOver`, or until nothing is to happen any more, or `endMs` of
 * the clock's `monotonic`. Between two timers everything that does not wait for time runs to its
 * end: promises, and what streams put off. So the order of things depends on nothing but the
 * timers, as long as nobody waits for the real world.
 */
export function runSimulation(
  clock: SimulatedClock,
  isOver: () => boolean,
  endMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isDone = false
    const fire = () => {
      if (isDone) return
      try {
        isDone = isOver() || !clock.step(endMs)
      } catch (cause) {
        isDone = true
        reject(cause)
        return
      }
      if (isDone) resolve()
    }
    // Node runs promises and deferred calls to their end between two immediates of one turn.
    const turn = () => {
      if (isDone) return
      for (let timer = 0; timer < timersPerTurn; timer++) setImmediate(fire)
      setImmediate(turn)
    }
    turn()
  })
}
