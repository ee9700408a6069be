import type { StageView } from '@millrace/control/api'
import { Chart } from '../chart/Chart.js'
import { useTheme } from '../chart/theme.js'
import { formatRate } from '../format/number.js'
import { rateLinesMax } from '../limits.js'
import { stageTitle } from '../pipeline/facts.js'
import { busiestStages, type RateHistory, ratePoints } from './history.js'
import { type RateLine, throughputOption } from './options.js'

export interface ThroughputProps {
  stages: readonly StageView[]
  history: RateHistory
  /** The stage pressed in the pipeline: its rates in and out are drawn instead of all stages. */
  selected: StageView | undefined
  onShowAll: () => void
}

/** Rates through the stages over the last minutes. */
export function Throughput({ stages, history, selected, onShowAll }: ThroughputProps) {
  const theme = useTheme()
  const shown = busiestStages(history, stages, rateLinesMax)
  const lines: RateLine[] =
    selected === undefined
      ? shown.map((stage) => ({
          name: stageTitle(stage),
          points: ratePoints(history, stage.id, 'in'),
        }))
      : [
          { name: 'records in', points: ratePoints(history, selected.id, 'in') },
          { name: 'records out', points: ratePoints(history, selected.id, 'out') },
        ]
  const now = (selected === undefined ? shown : [selected])
    .map((stage) => `${stageTitle(stage)} ${formatRate(stage.recordsInPerSecond)}`)
    .join(', ')
  return (
    <section className="panel throughput" aria-labelledby="throughput-title">
      <header className="panel-head">
        <h2 id="throughput-title">
          {selected === undefined ? 'Throughput' : `Throughput of ${stageTitle(selected)}`}
        </h2>
        <p className="panel-note">
          records per second{selected === undefined ? ' into each stage' : ''}
          {selected === undefined && shown.length < stages.length
            ? `, the ${shown.length} busiest of ${stages.length}`
            : ''}
        </p>
        {selected !== undefined && (
          <button type="button" className="quiet" onClick={onShowAll}>
            all stages
          </button>
        )}
      </header>
      <Chart
        className="throughput-chart"
        label={`Records per second into each stage over the last minutes. Now: ${now || 'none'}.`}
        option={throughputOption(theme, lines)}
      />
    </section>
  )
}
