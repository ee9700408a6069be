import type { Sides } from '../log.js'
import type { Server } from '../server.js'

/** Values of both sides, in the form in which rows take them. */
export interface Measured {
  ours: number[]
  peer: number[]
}

/** Measures `times` in turn, ours first. */
export async function inTurn(
  sides: Sides,
  times: number,
  measure: (server: Server, time: number) => Promise<number>,
): Promise<Measured> {
  const measured: Measured = { ours: [], peer: [] }
  for (let time = 0; time < times; time++) {
    measured.ours.push(await measure(sides.ours, time))
    measured.peer.push(await measure(sides.peer, time))
  }
  return measured
}
