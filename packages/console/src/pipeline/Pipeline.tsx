import type { PlatformView, StageView } from '@millrace/control/api'
import { useMemo } from 'react'
import { fullCardsMax, movingLinksMax } from '../limits.js'
import type { RateHistory } from '../throughput/history.js'
import { stageTitle, summarise, troubledStages } from './facts.js'
import { layoutDownward, layoutRightward } from './layout.js'
import { rankStages } from './ranking.js'
import { StageCard } from './StageCard.js'
import { useWidth } from './useWidth.js'

export interface PipelineProps {
  view: PlatformView
  history: RateHistory
  selected: string | undefined
  onSelect: (id: string) => void
}

const narrowWidth = 700
const cardHeights = { compact: 78, narrow: 152, full: 172 }

/** The running pipeline as a graph: stages as cards, what flows between them as lines. */
export function Pipeline({ view, history, selected, onSelect }: PipelineProps) {
  const [frame, width] = useWidth<HTMLDivElement>()
  const { stages, links } = view
  const compact = stages.length > fullCardsMax

  // The topology is the same from one second to the next: only its text decides about ranking.
  const topology = JSON.stringify([stages.map(({ id }) => id), links])
  const ranking = useMemo(() => {
    const [ids, joined] = JSON.parse(topology)
    return rankStages(ids, joined)
  }, [topology])
  const narrow = width !== undefined && width < narrowWidth
  const layout = useMemo(() => {
    if (width === undefined || width === 0) return undefined
    const cardHeight = cardHeights[compact ? 'compact' : narrow ? 'narrow' : 'full']
    return (narrow ? layoutDownward : layoutRightward)(ranking, { width, cardHeight })
  }, [ranking, width, narrow, compact])

  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  const moving = ranking.links.length <= movingLinksMax
  return (
    <section className="panel pipeline" aria-labelledby="pipeline-title">
      <header className="panel-head">
        <h2 id="pipeline-title">Pipeline</h2>
        <p className="panel-note">{summarise(stages)}</p>
      </header>
      <Troubles stages={stages} />
      {stages.length === 0 && (
        <p className="empty">
          Nothing runs yet. Declare a topic in <code>topics/*.yaml</code> and a job in{' '}
          <code>pipelines/*.sql</code>; they appear here when they start.
        </p>
      )}
      <div className={narrow ? 'graph-frame graph-frame-narrow' : 'graph-frame'}>
        <div ref={frame} className="graph-measure" />
        {layout !== undefined && stages.length > 0 && (
          <div className="graph" style={{ width: layout.width, height: layout.height }}>
            <svg
              className={moving ? 'links links-moving' : 'links'}
              width={layout.width}
              height={layout.height}
              aria-hidden="true"
            >
              {ranking.links.map((link, at) => (
                <FlowLine
                  key={`${link.from} ${link.to}`}
                  path={layout.paths[at] ?? ''}
                  perSecond={flowBetween(byId.get(link.from), byId.get(link.to))}
                />
              ))}
            </svg>
            <ol className="stages" aria-label="Stages, in the order in which an event meets them">
              {stages.map((stage) => {
                const box = layout.boxes.get(stage.id)
                if (box === undefined) return null
                const sources = ranking.links
                  .filter(({ to }) => to === stage.id)
                  .map(({ from }) => byId.get(from)?.name ?? from)
                return (
                  <StageCard
                    key={stage.id}
                    stage={stage}
                    box={box}
                    compact={compact}
                    history={history}
                    sources={sources}
                    selected={selected === stage.id}
                    onSelect={onSelect}
                  />
                )
              })}
            </ol>
          </div>
        )}
      </div>
    </section>
  )
}

/** Stages that failed or restart, with the whole of their reasons. */
function Troubles({ stages }: { stages: readonly StageView[] }) {
  const troubled = troubledStages(stages)
  if (troubled.length === 0) return null
  return (
    <ul className="troubles" role="alert">
      {troubled.map((stage) => (
        <li key={stage.id} data-status={stage.status}>
          <strong>{stageTitle(stage)}</strong>{' '}
          {stage.status === 'failed' ? 'failed' : 'is restarting'}
          {stage.reason === undefined ? '' : `: ${stage.reason}`}
        </li>
      ))}
    </ul>
  )
}

function FlowLine({ path, perSecond }: { path: string; perSecond: number }) {
  const flowing = perSecond > 0
  const strokeWidth = flowing ? Math.min(4, 1.5 + Math.log10(1 + perSecond) / 2) : 1.5
  return (
    <>
      <path className="link" d={path} strokeWidth={strokeWidth} />
      {flowing && <path className="link-flow" d={path} strokeWidth={strokeWidth} />}
    </>
  )
}

/** What passes a link: no more than its source gives, and no more than its target takes. */
function flowBetween(from: StageView | undefined, to: StageView | undefined): number {
  if (from === undefined || to === undefined) return 0
  return Math.min(from.recordsOutPerSecond, to.recordsInPerSecond)
}
