import { progress } from '../progress.js'
import { median, type Row, row } from '../report.js'
import { bodies } from './events.js'
import type { Sides } from './sides.js'

const sampleMs = 250
/** How often progress is shown. */
const tellMs = 30_000

/** Resident memory under a load that goes on: what it is at the end beside what it was before. */
export async function memory(sides: Sides): Promise<Row[]> {
  const { memorySeconds: seconds } = sides.extent
  progress(`${seconds} s of load, for its memory`)
  const samples: number[] = []
  const sampling = setInterval(() => {
    samples.push(sides.gateway.usage().residentMegabytes)
    if (samples.length % (tellMs / sampleMs) !== 0) return
    progress(
      `  ${Math.round((samples.length * sampleMs) / 1000)} s, ${samples.at(-1)?.toFixed(0)} MB`,
    )
  }, sampleMs)
  try {
    await sides.measure({ bodies: bodies(200, 1), seconds })
  } finally {
    clearInterval(sampling)
  }
  // Between two collections it goes up and down, so one moment says little.
  const quarter = (nth: number) =>
    median(samples.slice((samples.length * (nth - 1)) >> 2, (samples.length * nth) >> 2))
  return [
    row(`resident memory in the last quarter of ${seconds} s`, 'MB', 'less is better', {
      ours: [quarter(4)],
    }),
    row(
      'beside the second quarter of it',
      '×',
      'less is better',
      { ours: [quarter(4) / quarter(2)] },
      1.1,
    ),
  ]
}
