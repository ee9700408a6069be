import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** What was measured of us, and of the peer where there is one. */
export interface Row {
  name: string
  unit: string
  ours: number
  peer?: number
  /** 1 is even, more is better for us, whichever way the unit goes. */
  ratio?: number
  /** What is wanted: a ratio where there is a peer, else a value of ours. */
  goal?: number
}

export interface Machine {
  processor: string
  cores: number
  memoryGigabytes: number
  system: string
  node: string
}

/** Whether a larger number is the better one. */
export type Direction = 'more is better' | 'less is better'

/** A row of measured values: the median of each side, and their ratio. */
export function row(
  name: string,
  unit: string,
  direction: Direction,
  values: { ours: readonly number[]; peer?: readonly number[] },
  goal?: number,
): Row {
  const ours = rounded(median(values.ours))
  const wanted = goal === undefined ? {} : { goal }
  if (values.peer === undefined) return { name, unit, ours, ...wanted }
  const peer = rounded(median(values.peer))
  const ratio = direction === 'more is better' ? ours / peer : peer / ours
  return { name, unit, ours, peer, ratio: rounded(ratio), ...wanted }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >>> 1
  const upper = sorted[middle]
  if (upper === undefined) throw new Error('Nothing was measured.')
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2
}

/** The table, ratios first. */
export function table(rows: readonly Row[], peerName: string): string {
  const head = ['ratio', 'goal', 'ours', peerName, 'unit', '']
  const lines = rows.map((each) => [
    each.ratio === undefined ? '' : each.ratio.toFixed(2),
    each.goal === undefined ? '' : each.goal.toLocaleString('en'),
    each.ours.toLocaleString('en'),
    each.peer === undefined ? '' : each.peer.toLocaleString('en'),
    each.unit,
    each.name,
  ])
  const widths = head.map((_, at) =>
    Math.max(...[head, ...lines].map((cells) => cells[at]?.length ?? 0)),
  )
  return [head, ...lines]
    .map((cells) =>
      cells
        .map((cell, at) =>
          at < 4 ? cell.padStart(widths[at] as number) : cell.padEnd(widths[at] as number),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A results file: what each part measured, and when; all of it on one machine. */
interface Results {
  parts: Record<string, { machine: Machine; date: string; rows: readonly Row[] }>
}

/**
 * Puts a part's rows, with the machine and the date, into `results/NAME.json` beside this file's
 * source, in place of those that it measured before, and gives the file's path.
 */
export function writeResults(name: string, part: string, rows: readonly Row[]): string {
  const file = path.join(import.meta.dirname, '..', 'results', `${name}.json`)
  const before = fs.existsSync(file)
    ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Results).parts
    : {}
  const measured = { machine: machine(), date: new Date().toISOString(), rows }
  const results: Results = { parts: { ...before, [part]: measured } }
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
  return file
}

function machine(): Machine {
  const cpus = os.cpus()
  return {
    processor: cpus[0]?.model ?? 'unknown',
    cores: cpus.length,
    memoryGigabytes: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    node: process.version,
  }
}

/** Three digits are all that such a measurement is good for. */
function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
