import type { OperatorView, PlatformView, StageView } from './types.js'

/** One number of a stage or an operator, and where it stands in a view. */
interface Metric<View> {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly of: (view: View) => number | undefined
}

const ofStages: readonly Metric<StageView>[] = [
  {
    name: 'recordsIn',
    type: 'counter',
    help: 'Records that came in since the first start.',
    of: (stage) => stage.recordsIn,
  },
  {
    name: 'recordsOut',
    type: 'counter',
    help: 'Records that it gave since the first start.',
    of: (stage) => stage.recordsOut,
  },
  {
    name: 'refused',
    type: 'counter',
    help: 'Events that were refused.',
    of: (stage) => stage.refused,
  },
  { name: 'late', type: 'counter', help: 'Records that came too late.', of: (stage) => stage.late },
  {
    name: 'lag',
    type: 'gauge',
    help: 'Records that wait in front of it.',
    of: (stage) => stage.lag,
  },
  {
    name: 'watermark',
    type: 'gauge',
    help: 'Event time that it has passed, in milliseconds since 1970.',
    of: (stage) => stage.watermark,
  },
  { name: 'rows', type: 'gauge', help: 'Rows that a table holds.', of: (stage) => stage.rows },
  {
    name: 'up',
    type: 'gauge',
    help: 'Whether it runs.',
    of: ({ status }) => (status === 'running' ? 1 : 0),
  },
]

const ofOperators: readonly Metric<OperatorView>[] = [
  {
    name: 'numRecordsIn',
    type: 'counter',
    help: 'Rows that it has read.',
    of: (operator) => operator.numRecordsIn,
  },
  {
    name: 'numRecordsOut',
    type: 'counter',
    help: 'Rows that those above have read of it.',
    of: (operator) => operator.numRecordsOut,
  },
  {
    name: 'numRecordsSkipped',
    type: 'counter',
    help: 'Records that were passed over.',
    of: (operator) => operator.numRecordsSkipped,
  },
  {
    name: 'numLateRecordsDropped',
    type: 'counter',
    help: 'Rows that came too late.',
    of: (operator) => operator.numLateRecordsDropped,
  },
  {
    name: 'currentInputWatermark',
    type: 'gauge',
    help: 'Event time before which nothing is to come, in milliseconds since 1970.',
    of: (operator) => operator.currentInputWatermark,
  },
  {
    name: 'currentOutputWatermark',
    type: 'gauge',
    help: 'The same of what it gives.',
    of: (operator) => operator.currentOutputWatermark,
  },
  {
    name: 'pendingRecords',
    type: 'gauge',
    help: 'Records that wait in the topic.',
    of: (operator) => operator.pendingRecords,
  },
  {
    name: 'stateRows',
    type: 'gauge',
    help: 'Rows that it keeps.',
    of: (operator) => operator.stateRows,
  },
  {
    name: 'stateBytes',
    type: 'gauge',
    help: 'Bytes that it keeps in memory.',
    of: (operator) => operator.stateBytes,
  },
  {
    name: 'stateSpilledBytes',
    type: 'gauge',
    help: 'Bytes that it keeps on disk and not in memory.',
    of: (operator) => operator.stateSpilledBytes,
  },
  {
    name: 'accumulateBusyTimeMs',
    type: 'counter',
    help: 'Milliseconds that it has worked.',
    of: (operator) => operator.accumulateBusyTimeMs,
  },
  {
    name: 'accumulateBackPressuredTimeMs',
    type: 'counter',
    help: 'Milliseconds that it has waited for what comes after it.',
    of: (operator) => operator.accumulateBackPressuredTimeMs,
  },
]

/** What the platform measures, in Prometheus's text format 0.0.4. */
export function prometheusText({ stages }: PlatformView): string {
  const stageSamples = stages.map((stage) => ({
    view: stage,
    labels: { kind: stage.kind, name: stage.name },
  }))
  const operatorSamples = stages.flatMap(({ name: job, operators = [] }) =>
    operators.map((operator) => ({
      view: operator,
      labels: { job, operator: operator.name, kind: operator.kind },
    })),
  )
  return [
    ...ofStages.flatMap((metric) => linesOf('millrace_stage', metric, stageSamples)),
    ...ofOperators.flatMap((metric) => linesOf('millrace_job_operator', metric, operatorSamples)),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

function linesOf<View>(
  prefix: string,
  { name, type, help, of }: Metric<View>,
  samples: readonly { view: View; labels: Readonly<Record<string, string>> }[],
): string[] {
  const lines = samples.flatMap(({ view, labels }) => {
    const value = of(view)
    return value === undefined ? [] : [`${prefix}_${name}{${labelsText(labels)}} ${value}`]
  })
  if (lines.length === 0) return []
  return [`# HELP ${prefix}_${name} ${help}`, `# TYPE ${prefix}_${name} ${type}`, ...lines]
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const escaped = (text: string) =>
    text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')
}
