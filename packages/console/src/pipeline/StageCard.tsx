import type { StageView } from '@millrace/control/api'
import type { CSSProperties } from 'react'
import { formatCount, formatRate } from '../format/number.js'
import type { RateHistory } from '../throughput/history.js'
import { Sparkline } from '../throughput/Sparkline.js'
import { kindNames, stageFacts, statusSigns } from './facts.js'
import { KindIcon } from './KindIcon.js'
import type { Box } from './layout.js'

export interface StageCardProps {
  stage: StageView
  box: Box
  /** Rates and facts only, no chart: for pipelines with many stages. */
  compact: boolean
  history: RateHistory
  /** Names of the stages that feed it, for readers who do not see the lines. */
  sources: readonly string[]
  selected: boolean
  onSelect: (id: string) => void
}

/** One stage of the pipeline. Pressing it shows its rates in the throughput chart, and what the operators of a job do. */
export function StageCard(props: StageCardProps) {
  const { stage, box, compact, history, sources, selected, onSelect } = props
  const place: CSSProperties = {
    transform: `translate(${box.x}px, ${box.y}px)`,
    width: box.width,
    height: box.height,
  }
  return (
    <li
      className={`stage stage-${stage.kind}${compact ? ' stage-compact' : ''}`}
      data-status={stage.status}
      data-stage={stage.id}
      style={place}
    >
      <div className="stage-head">
        <span className="stage-kind">
          <KindIcon kind={stage.kind} />
          {kindNames[stage.kind]}
        </span>
        <span className="status" data-status={stage.status} title={stage.reason}>
          <span aria-hidden="true">{statusSigns[stage.status]}</span> {stage.status}
        </span>
      </div>
      <h3 className="stage-name">
        <button
          type="button"
          aria-pressed={selected}
          title={stage.name}
          onClick={() => onSelect(stage.id)}
        >
          {stage.name}
        </button>
        {sources.length > 0 && <span className="unseen">, fed by {sources.join(', ')}</span>}
      </h3>
      <dl className="rates">
        <Rate label="in" perSecond={stage.recordsInPerSecond} total={stage.recordsIn} />
        <Rate label="out" perSecond={stage.recordsOutPerSecond} total={stage.recordsOut} />
      </dl>
      {!compact && (
        <>
          {stage.reason === undefined ? (
            <Sparkline history={history} stage={stage.id} />
          ) : (
            <p className="stage-reason" title={stage.reason}>
              {stage.reason}
            </p>
          )}
          <dl className="facts">
            {stageFacts(stage).map((fact) => (
              <div key={fact.label} className={fact.warns ? 'fact fact-warns' : 'fact'}>
                <dt>{fact.label}</dt>
                <dd>{fact.value}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </li>
  )
}

function Rate({ label, perSecond, total }: { label: string; perSecond: number; total: number }) {
  return (
    <div className="rate" data-idle={perSecond === 0}>
      <dt>{label}</dt>
      <dd>
        <span className="rate-now">
          {formatRate(perSecond)}
          <small>/s</small>
        </span>
        <span className="rate-total">{formatCount(total)}</span>
      </dd>
    </div>
  )
}
