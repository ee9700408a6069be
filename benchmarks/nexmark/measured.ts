import { type Row, row } from '../report.js'
import type { StateBackend } from './apache-flink.js'
import type { RecordFormat } from './record-value.js'

/** What a query took, on either side. */
export interface Took {
  /** Read of all topics. */
  records: number
  /** From the start of the job to its end. */
  seconds: number
  /** Of the process that does the work. */
  cpuSeconds: number
  residentMegabytesMax: number
}

/** A query on both sides; a text says why there is nothing to tell. */
export interface Measured {
  readonly query: string
  ours?: Took | string
  readonly peers: Map<StateBackend, Took | string>
}

/** Goals of the whole: of the geometric mean, of each query, and of memory. */
const goals = { mean: 4, each: 1, memory: 4 }

/** For people: a line a query, how many times faster than the better of the peer's backends first. */
export function resultTable(measured: readonly Measured[]): string {
  const head = ['query', 'ratio', 'records/s', 'CPU µs', 'MB']
  const backends = [...new Set(measured.flatMap(({ peers }) => [...peers.keys()]))]
  const lines = measured.map(({ query, ours, peers }) => [
    query,
    ratioOf({ query, ours, peers }, speed)?.toFixed(2) ?? '',
    ...cellsOf(ours, ours),
    ...backends.flatMap((backend) => cellsOf(peers.get(backend), ours)),
  ])
  const top = [...head, ...backends.flatMap((backend) => [backend, 'CPU µs', 'MB'])]
  const mean = geometricMean(measured, speed)
  const all = mean === undefined ? [] : [['mean', mean.toFixed(2)]]
  const rows = [top, ...lines, ...all]
  const widths = top.map((_, at) => Math.max(...rows.map((cells) => (cells[at] ?? '').length)))
  return rows
    .map((cells) => cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  '))
    .join('\n')
}

/** For the results file: records a second, CPU and memory of each query beside the better peer. */
export function resultRows(measured: readonly Measured[]): Row[] {
  const rows: Row[] = []
  const mean = (name: string, pick: Pick, goal: number | undefined) => {
    const ratio = geometricMean(measured, pick)
    if (ratio !== undefined) rows.push(row(name, '×', 'more is better', { ours: [ratio] }, goal))
  }
  mean('geometric mean of speed', speed, goals.mean)
  mean('geometric mean of CPU', cost, undefined)
  mean('geometric mean of memory', thrift, goals.memory)
  for (const each of measured) {
    const { query, ours } = each
    if (typeof ours !== 'object') continue
    const add = (
      name: string,
      unit: string,
      direction: 'more is better' | 'less is better',
      pick: Pick,
      goal?: number,
    ) => {
      const better = betterPeer(each, pick)
      const shown = (took: Took) => (direction === 'more is better' ? pick(took) : 1 / pick(took))
      const peer = better === undefined ? {} : { peer: [shown(better)] }
      rows.push(row(`${query}${name}`, unit, direction, { ours: [shown(ours)], ...peer }, goal))
    }
    add('', 'records/s', 'more is better', speed, goals.each)
    add(': CPU', 's/record', 'less is better', cost)
    add(': memory', 'MB', 'less is better', thrift, goals.memory)
  }
  return rows
}

/** Of the results, how fast each query is. */
export function speedRows(rows: readonly Row[]): Row[] {
  return rows.filter(({ unit }) => unit === 'records/s')
}

export function chartTitle(format: RecordFormat): string {
  const name = { json: 'JSON', avro: 'Avro' }[format]
  return `Nexmark in ${name}: how many times as fast as Apache Flink`
}

/** A figure of which more is better. */
type Pick = (took: Took) => number

const speed: Pick = ({ records, seconds }) => records / seconds
const cost: Pick = ({ records, cpuSeconds }) => records / cpuSeconds
const thrift: Pick = ({ residentMegabytesMax }) => 1 / residentMegabytesMax

/** With the records that we counted: Flink reads the same, but only those of the query's topics. */
function betterPeer({ ours, peers }: Measured, pick: Pick): Took | undefined {
  if (typeof ours !== 'object') return undefined
  const { records } = ours
  return [...peers.values()]
    .flatMap((took) => (typeof took === 'object' ? [{ ...took, records }] : []))
    .sort((left, right) => pick(right) - pick(left))[0]
}

function ratioOf(each: Measured, pick: Pick): number | undefined {
  const peer = betterPeer(each, pick)
  return peer === undefined || typeof each.ours !== 'object'
    ? undefined
    : pick(each.ours) / pick(peer)
}

function geometricMean(measured: readonly Measured[], pick: Pick): number | undefined {
  const ratios = measured.flatMap((each) => ratioOf(each, pick) ?? [])
  if (ratios.length === 0) return undefined
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
}

function cellsOf(took: Took | string | undefined, ours: Took | string | undefined): string[] {
  if (typeof took !== 'object') return [took ?? '', '', '']
  const records = typeof ours === 'object' ? ours.records : took.records
  const rate = Math.round(records / took.seconds / 1000) * 1000
  const cpu = ((took.cpuSeconds / records) * 1e6).toFixed(2)
  return [rate.toLocaleString('en'), cpu, took.residentMegabytesMax.toFixed(0)]
}
