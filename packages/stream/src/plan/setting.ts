import {
  didYouMean,
  notSupported,
  type ResetStatement,
  type SetStatement,
  SqlError,
  type Statement,
} from '../sql/index.js'
import { durationMs } from './duration.js'
import { memoryBytes } from './memory-size.js'
import type { Plan, Recovery } from './plan.js'
import type { UpsertMaterialize } from './sink-mode.js'

const idleTimeout = 'table.exec.source.idle-timeout'
const stateTtl = 'table.exec.state.ttl'
const upsertMaterialize = 'table.exec.sink.upsert-materialize'
const stateMemoryMax = 'state.memory.max'
const checkpointingMode = 'execution.checkpointing.mode'
const recoveryPath = 'execution.state-recovery.path'
const mayLoseState = 'execution.state-recovery.ignore-unclaimed-state'
const columnWidthMax = 'table.display.max-column-width'
const columnWidthMaxDefault = 30

/**
 * The settings of Flink that a script may hold. Those that would change results are refused unless
 * they say what is done anyway; those that only tune Flink are taken and not needed.
 */
const settings: readonly { readonly key: string; readonly values?: readonly string[] }[] = [
  { key: 'execution.runtime-mode', values: ['streaming', 'STREAMING'] },
  { key: 'table.local-time-zone', values: ['UTC', 'Etc/UTC', 'GMT'] },
  { key: 'table.exec.sink.not-null-enforcer', values: ['ERROR', 'error'] },
  {
    key: upsertMaterialize,
    values: ['AUTO', 'FORCE', 'NONE', 'auto', 'force', 'none'],
  },
  { key: idleTimeout },
  { key: stateTtl },
  { key: stateMemoryMax },
  {
    key: checkpointingMode,
    values: ['EXACTLY_ONCE', 'exactly_once', 'AT_LEAST_ONCE', 'at_least_once'],
  },
  { key: recoveryPath },
  { key: mayLoseState, values: ['true', 'false', 'TRUE', 'FALSE'] },
  { key: 'execution.state-recovery.claim-mode', values: ['NO_CLAIM', 'no_claim'] },
  { key: 'execution.checkpointing.interval' },
  { key: 'execution.checkpointing.timeout' },
  { key: 'parallelism.default' },
  { key: 'pipeline.name' },
  { key: 'pipeline.object-reuse' },
  { key: 'pipeline.max-parallelism' },
  { key: 'state.backend.type' },
  { key: 'state.backend.incremental' },
  { key: 'sql-client.execution.result-mode' },
  { key: columnWidthMax },
  { key: 'sql-client.display.max-column-width' },
  { key: 'sql-client.display.print-time-cost' },
  { key: 'sql-client.execution.max-table-result.rows' },
  { key: 'sql-client.verbose' },
  { key: 'table.dml-sync' },
  { key: 'table.exec.mini-batch.enabled' },
  { key: 'table.exec.mini-batch.allow-latency' },
  { key: 'table.exec.mini-batch.size' },
  { key: 'table.exec.resource.default-parallelism' },
  { key: 'table.optimizer.agg-phase-strategy' },
  { key: 'table.optimizer.distinct-agg.split.enabled' },
]

/** Refuses a SET that would not be obeyed. */
export function checkSetting({ key, keyAt, value, valueAt }: SetStatement): void {
  const setting = settings.find((each) => each.key === key)
  if (setting === undefined) {
    const keys = settings.map((each) => each.key)
    const hint = didYouMean(key, keys)?.replaceAll('`', "'")
    throw notSupported(`the setting '${key}'`, keyAt, hint ?? 'leave it out')
  }
  if ((key === idleTimeout || key === stateTtl) && durationMs(value) === undefined) {
    const hint = "write a duration such as '5 s', '1 min' or '500 ms'"
    throw new SqlError(`'${value}' is no value of '${key}'`, valueAt, hint)
  }
  if (key === stateMemoryMax && !(memoryBytes(value) ?? 0)) {
    const hint = "write a size such as '4 gb' or '512 mb'"
    throw new SqlError(`'${value}' is no value of '${key}'`, valueAt, hint)
  }
  if (setting.values === undefined || setting.values.includes(value)) return
  const shown = setting.values.filter((each, place, all) => {
    return all.findIndex((other) => other.toLowerCase() === each.toLowerCase()) === place
  })
  const hint = `it may be ${shown.map((each) => `'${each}'`).join(' or ')}`
  throw notSupported(`'${value}' for '${key}'`, valueAt, hint)
}

/** A setting is again what it is where none is made; those of every table stay as they are. */
export function resetSetting({ at, key }: ResetStatement, settings: Map<string, string>): void {
  const kept = [idleTimeout, checkpointingMode].find((each) => {
    return settings.has(each) && (key === undefined || key === each)
  })
  if (kept !== undefined) {
    throw notSupported(`RESET of '${kept}'`, at, 'it counts for the whole script: leave SET out')
  }
  if (key === undefined) settings.clear()
  else settings.delete(key)
}

/** How wide a column may be where its type does not say it. */
export function columnWidthMaxOf(settings: ReadonlyMap<string, string>): number {
  const width = Number(
    settings.get(columnWidthMax) ?? settings.get('sql-client.display.max-column-width'),
  )
  return Number.isInteger(width) && width > 0 ? width : columnWidthMaxDefault
}

/**
 * What settings say of every table that does not say it itself, as options of tables. As in Flink
 * a setting counts for the INSERTs after it, so one that follows an INSERT is refused.
 */
export function optionsOfSettings(statements: readonly Statement[]): Record<string, string> {
  const options: Record<string, string> = {}
  let inserted = false
  for (const statement of statements) {
    if (statement.kind === 'insert' || statement.kind === 'statementSet') inserted = true
    if (statement.kind !== 'set') continue
    const option = optionOfSetting(statement)
    if (option === undefined) continue
    checkSetting(statement)
    if (inserted) {
      throw new SqlError(
        `'${statement.key}' is set after an INSERT`,
        statement.at,
        'set it before the first INSERT: it counts for the whole script',
      )
    }
    options[option.key] = option.value
  }
  return options
}

/** What the settings of a script say of the state that its jobs begin from. */
export function recoveryOf(settings: ReadonlyMap<string, string>): Recovery | undefined {
  const savepoint = settings.get(recoveryPath)
  const mayLose = settings.get(mayLoseState)?.toLowerCase()
  if (savepoint === undefined && mayLose === undefined) return undefined
  return {
    ...(savepoint !== undefined && { savepoint }),
    ...(mayLose !== undefined && { mayLose: mayLose === 'true' }),
  }
}

/** `table.exec.state.ttl`; undefined where nothing is forgotten. */
export function stateTtlOf(settings: ReadonlyMap<string, string>): number | undefined {
  const ttlMs = durationMs(settings.get(stateTtl) ?? '0')
  return ttlMs === 0 ? undefined : ttlMs
}

/** `table.exec.sink.upsert-materialize` */
export function upsertMaterializeOf(settings: ReadonlyMap<string, string>): UpsertMaterialize {
  const value = settings.get(upsertMaterialize)?.toUpperCase()
  return value === 'FORCE' || value === 'NONE' ? value : 'AUTO'
}

/** How much the operators of a job may keep in memory, where the script says it. */
export function memoryOf(settings: ReadonlyMap<string, string>): Pick<Plan, 'stateBytesMax'> {
  const stateBytesMax = memoryBytes(settings.get(stateMemoryMax) ?? '')
  return stateBytesMax === undefined ? {} : { stateBytesMax }
}

function optionOfSetting({ key, value }: SetStatement): { key: string; value: string } | undefined {
  switch (key) {
    case idleTimeout:
      return { key: 'scan.watermark.idle-timeout', value }
    case checkpointingMode:
      return { key: 'sink.delivery-guarantee', value: value.toLowerCase().replaceAll('_', '-') }
    default:
      return undefined
  }
}
