import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prometheusText } from '../src/api/prometheus.js'
import type { PlatformView, StageView } from '../src/api/types.js'

const rates = { recordsInPerSecond: 0, recordsOutPerSecond: 0 }

const viewOf = (stages: StageView[]): PlatformView => ({
  ...{ project: 'rides', now: 0, startedAt: 0, endpoints: [], links: [], boards: [] },
  stages,
})

test('what is measured is told as Prometheus reads it; what is not known is left out', () => {
  const text = prometheusText(
    viewOf([
      {
        id: 'topic:trips',
        kind: 'topic',
        name: 'trips',
        status: 'running',
        recordsIn: 7,
        recordsOut: 5,
        ...rates,
      },
      {
        ...{ id: 'job:demand', kind: 'job', name: 'demand', status: 'failed' },
        ...{ recordsIn: 5, recordsOut: 2, late: 1, watermark: 1_767_484_800_000, ...rates },
        operators: [
          {
            ...{ name: 'insert 1 into "demand", window 1', kind: 'operator', numRecordsIn: 4 },
            ...{ stateRows: 3, stateBytes: 480, accumulateBusyTimeMs: 12.5 },
          },
        ],
      },
    ]),
  )
  const lines = text.split('\n')
  assert.ok(lines.includes('# TYPE millrace_stage_recordsIn counter'))
  assert.ok(lines.includes('millrace_stage_recordsIn{kind="topic",name="trips"} 7'))
  assert.ok(lines.includes('millrace_stage_late{kind="job",name="demand"} 1'))
  assert.ok(lines.includes('millrace_stage_up{kind="job",name="demand"} 0'))
  const labels = 'job="demand",operator="insert 1 into \\"demand\\", window 1",kind="operator"'
  assert.ok(lines.includes(`millrace_job_operator_stateBytes{${labels}} 480`))
  assert.ok(lines.includes(`millrace_job_operator_accumulateBusyTimeMs{${labels}} 12.5`))
  // Of a number that nobody has, not even the name.
  assert.doesNotMatch(text, /numRecordsOut|millrace_stage_lag|undefined/)
  assert.equal(lines.at(-1), '')
  for (const line of lines.slice(0, -1)) {
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+\{.*\} -?[\d.]+)$/)
  }
})
