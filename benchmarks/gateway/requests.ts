import { progress } from '../progress.js'
import { type Row, row } from '../report.js'
import { bodies } from './events.js'
import type { Both, Measured, Sides } from './sides.js'

/** Events that are answered from the log, beside the bare server: one a request, and a hundred. */
export async function requests(sides: Sides): Promise<Row[]> {
  progress('one event a request')
  const single = await sides.inTurn({ bodies: bodies(200, 1) })
  progress('100 events a request')
  const batches = await sides.inTurn({ bodies: bodies(50, 100) })
  const events = of('perSecond', batches).ours.map((perSecond) => perSecond * 100)
  const cpu = of('cpuMicros', batches).ours.map((micros) => micros / 100)
  const [more, less] = ['more is better', 'less is better'] as const
  return [
    row('one event a request', 'requests/s', more, of('perSecond', single), 0.6),
    row('one event a request: CPU of the server', 'µs/request', less, of('cpuMicros', single), 0.6),
    row('one event a request: p99', 'ms', less, of('p99Ms', single)),
    row('100 events a request', 'events/s', more, { ours: events }, 250_000),
    row('100 events a request: CPU of the server', 'µs/event', less, { ours: cpu }),
  ]
}

function of(name: 'perSecond' | 'cpuMicros' | 'p99Ms', { ours, peer }: Both) {
  const values = (side: readonly Measured[]) => side.map((each) => each[name])
  return { ours: values(ours), peer: values(peer) }
}
