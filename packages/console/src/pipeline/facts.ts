import type { StageKind, StageStatus, StageView } from '@millrace/control/api'
import { formatCount } from '../format/number.js'
import { formatWatermark } from '../format/time.js'

/** How a status is shown: never by colour alone. */
export const statusSigns: Readonly<Record<StageStatus, string>> = {
  starting: '◌',
  running: '●',
  restarting: '↻',
  failed: '✕',
  finished: '✓',
}

export const kindNames: Readonly<Record<StageKind, string>> = {
  gateway: 'Gateway',
  topic: 'Topic',
  conversion: 'Conversion',
  job: 'Job',
  table: 'Table',
}

/** A stage in running text: `job surge`; one that is named like its kind is named once. */
export function stageTitle({ kind, name }: StageView): string {
  return kind === name ? name : `${kind} ${name}`
}

/** One thing worth knowing of a stage beside its rates. */
export interface Fact {
  label: string
  value: string
  /** Whether somebody should look at it. */
  warns: boolean
}

/** What a stage tells beside its rates; what it does not keep is left out. */
export function stageFacts(stage: StageView): Fact[] {
  const facts: Fact[] = []
  const add = (label: string, value: string, warns = false) => facts.push({ label, value, warns })
  if (stage.rows !== undefined) add('rows', formatCount(stage.rows))
  if (stage.refused !== undefined) add('refused', formatCount(stage.refused), stage.refused > 0)
  if (stage.late !== undefined) add('late', formatCount(stage.late), stage.late > 0)
  if (stage.lag !== undefined) add('lag', formatCount(stage.lag))
  if (stage.watermark !== undefined) add('watermark', formatWatermark(stage.watermark))
  return facts
}

/** Stages that need somebody, the worst first. */
export function troubledStages(stages: readonly StageView[]): StageView[] {
  const failed = stages.filter((stage) => stage.status === 'failed')
  return [...failed, ...stages.filter((stage) => stage.status === 'restarting')]
}

/** The pipeline in one line: `4 stages running, 1 failed`. */
export function summarise(stages: readonly StageView[]): string {
  const counts = new Map<StageStatus, number>()
  for (const { status } of stages) counts.set(status, (counts.get(status) ?? 0) + 1)
  const order: StageStatus[] = ['running', 'starting', 'restarting', 'failed', 'finished']
  const parts = order.flatMap((status) => {
    const count = counts.get(status)
    return count === undefined ? [] : [`${formatCount(count)} ${status}`]
  })
  return parts.join(' · ')
}
