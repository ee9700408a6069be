/** Views of a platform at work, as control's API gives them: a function of the second. */
import type { BoardRows, OperatorView, PlatformView, StageView } from '@millrace/control/api'

const began = Date.UTC(2026, 0, 11, 9, 0, 0)
const weekStart = Date.UTC(2026, 0, 4)
const quarterHour = 15 * 60_000

/** Of the job: its table, its window, its insert. */
function operatorsAt(total: number): OperatorView[] {
  const insert = 'insert 1 into area_surge'
  const out = Math.round(total / 9)
  return [
    {
      ...{ name: 'trips', kind: 'source', numRecordsIn: total, numRecordsOut: total },
      ...{ numRecordsSkipped: 0, pendingRecords: 3, accumulateBusyTimeMs: 1200 },
    },
    {
      ...{ name: `${insert}, window 1`, kind: 'operator', numRecordsIn: total, numRecordsOut: out },
      ...{ numLateRecordsDropped: 0, stateRows: 12, stateBytes: 1200, accumulateBusyTimeMs: 4100 },
    },
    { name: insert, kind: 'sink', numRecordsIn: out, accumulateBusyTimeMs: 300 },
  ]
}

/** The ride-hailing example, a few hundred events a second, two of them refused. */
export function ridesAt(second: number): PlatformView {
  const rate = Math.round(500 + 180 * Math.sin(second / 5) + 40 * Math.sin(second * 2.3))
  const total = 500 * second
  const out = Math.round(rate / 9)
  const stage = (given: Partial<StageView> & Pick<StageView, 'kind' | 'name'>): StageView => ({
    id: `${given.kind}:${given.name}`,
    status: 'running',
    recordsIn: total,
    recordsOut: total,
    recordsInPerSecond: rate,
    recordsOutPerSecond: rate,
    ...given,
  })
  return {
    project: 'rides',
    now: began + second * 1000,
    startedAt: began - 192_000,
    endpoints: [
      { name: 'kafka', url: '127.0.0.1:9092' },
      { name: 'registry', url: 'http://127.0.0.1:8081' },
      { name: 'gateway', url: 'http://127.0.0.1:8082' },
      { name: 'query', url: 'http://127.0.0.1:8083' },
      { name: 'console', url: 'http://127.0.0.1:8080' },
    ],
    stages: [
      stage({ kind: 'gateway', name: 'gateway', recordsIn: total + 2, refused: 2 }),
      stage({ kind: 'topic', name: 'trips' }),
      stage({
        kind: 'job',
        name: 'surge',
        recordsOut: Math.round(total / 9),
        recordsOutPerSecond: out,
        late: 0,
        lag: rate % 7,
        watermark: weekStart + second * quarterHour,
        operators: operatorsAt(total),
      }),
      stage({
        kind: 'topic',
        name: 'area_surge',
        recordsIn: Math.round(total / 9),
        recordsOut: Math.round(total / 9),
        recordsInPerSecond: out,
        recordsOutPerSecond: out,
      }),
      stage({
        kind: 'table',
        name: 'area_surge',
        recordsIn: Math.round(total / 9),
        recordsOut: 0,
        recordsInPerSecond: out,
        recordsOutPerSecond: 0,
        rows: Math.round(total / 9),
        lag: 0,
      }),
    ],
    links: [
      { from: 'gateway:gateway', to: 'topic:trips' },
      { from: 'topic:trips', to: 'job:surge' },
      { from: 'job:surge', to: 'topic:area_surge' },
      { from: 'topic:area_surge', to: 'table:area_surge' },
    ],
    boards: [
      {
        name: 'surge',
        title: 'Surge by area',
        description: 'The price multiplier of each pickup area, every 15 minutes.',
        chart: 'heatmap',
        time: 'window_start',
        series: 'area',
        value: 'surge',
      },
      {
        name: 'demand',
        title: 'Demand by area',
        chart: 'line',
        time: 'window_start',
        series: 'area',
        value: 'trips',
      },
    ],
  }
}

/** A week of quarter hours for sixty areas; a night's windows are missing for the quiet ones. */
export function surgeAt(second: number): BoardRows {
  const points: BoardRows['points'] = []
  const windows = Math.min(672, 400 + second)
  for (let window = 0; window < windows; window++) {
    const hour = (window / 4) % 24
    for (let area = 1; area <= 60; area++) {
      const busy = Math.max(0, Math.sin(((hour - 5) / 24) * 2 * Math.PI)) * (1 + (area % 7) / 3)
      const noise = ((area * 7919 + window * 104729) % 97) / 97
      const surge = Math.round((1 + busy * 0.6 * noise + (area === 32 ? 0.5 : 0)) * 100) / 100
      if (surge > 1.05)
        points.push({ time: weekStart + window * quarterHour, series: `${area}`, value: surge })
    }
  }
  return { name: 'surge', points }
}

/** A pipeline with branches, joins, skipping links and troubles. */
export function branchingAt(second: number): PlatformView {
  const view = ridesAt(second)
  const [gateway, trips, surge, areaSurge, table] = view.stages
  if (!gateway || !trips || !surge || !areaSurge || !table) throw new Error('ridesAt changed')
  const named = (stage: StageView, name: string, more: Partial<StageView> = {}): StageView => ({
    ...stage,
    id: `${stage.kind}:${name}`,
    name,
    ...more,
  })
  return {
    ...view,
    project: 'rides-with-branches',
    stages: [
      gateway,
      trips,
      named(trips, 'drivers'),
      named(trips, 'zones', { recordsInPerSecond: 0, recordsOutPerSecond: 0 }),
      named(surge, 'demand', { late: 17 }),
      named(surge, 'supply', {
        status: 'restarting',
        reason: 'Out of memory (512 MB): restarted from the commit of epoch 812',
      }),
      named(surge, 'surge', { watermark: Number.MAX_SAFE_INTEGER, lag: 128_450 }),
      named(surge, 'fraud_detection_with_a_long_name', {
        status: 'failed',
        recordsInPerSecond: 0,
        recordsOutPerSecond: 0,
        reason:
          "pipelines/fraud.sql:12:8: column 'fare' is DECIMAL(10, 2) in the plan but STRING in " +
          "schema 7 of 'trips-value'. Change the column's type, or register a schema that fits.",
      }),
      named(areaSurge, 'demand'),
      named(areaSurge, 'supply'),
      areaSurge,
      named(areaSurge, 'suspects', { status: 'starting', recordsInPerSecond: 0 }),
      table,
      named(table, 'suspects', {
        status: 'finished',
        recordsIn: 4_213_000_000,
        recordsInPerSecond: 0,
      }),
    ],
    links: [
      { from: 'gateway:gateway', to: 'topic:trips' },
      { from: 'gateway:gateway', to: 'topic:drivers' },
      { from: 'topic:trips', to: 'job:demand' },
      { from: 'topic:zones', to: 'job:demand' },
      { from: 'topic:zones', to: 'job:surge' },
      { from: 'topic:drivers', to: 'job:supply' },
      { from: 'job:demand', to: 'topic:demand' },
      { from: 'job:supply', to: 'topic:supply' },
      { from: 'topic:demand', to: 'job:surge' },
      { from: 'topic:supply', to: 'job:surge' },
      { from: 'job:surge', to: 'topic:area_surge' },
      { from: 'topic:area_surge', to: 'table:area_surge' },
      { from: 'topic:trips', to: 'job:fraud_detection_with_a_long_name' },
      { from: 'job:fraud_detection_with_a_long_name', to: 'topic:suspects' },
      { from: 'topic:suspects', to: 'table:suspects' },
    ],
  }
}

/** Two hundred stages: a gateway, and chains of topic, job, topic, table. */
export function manyStagesAt(second: number): PlatformView {
  const view = ridesAt(second)
  const [gateway, ...chain] = view.stages
  if (!gateway) throw new Error('ridesAt changed')
  const stages = [gateway]
  const links: PlatformView['links'] = []
  for (let copy = 1; stages.length + chain.length <= 201; copy++) {
    let from = gateway.id
    for (const stage of chain) {
      const id = `${stage.id}_${copy}`
      stages.push({ ...stage, id, name: `${stage.name}_${copy}` })
      links.push({ from, to: id })
      from = id
    }
  }
  return { ...view, project: 'a-large-one', stages, links }
}
