import type { Clock } from '@millrace/host'
import { controlErrors } from '../errors.js'
import { metricsEverySeconds } from '../limits.js'
import type { ScriptRun } from '../run/script-run.js'
import { operatorTable } from './operators.js'
import { terminal } from './terminal.js'

/** How the metrics of a run are told. */
export interface WantedMetrics {
  readonly everyMs: number
  readonly isJson: boolean
}

/** What `--metrics` and `--json` ask for; undefined where they do not. Throws BAD_OPTION. */
export function wantedMetrics(options: {
  metrics?: string | boolean
  json?: boolean
}): WantedMetrics | undefined {
  const { metrics, json = false } = options
  if (metrics === undefined || metrics === false) {
    if (json) throw controlErrors.badOption('--json says how --metrics are told: add it.')
    return undefined
  }
  const seconds = metrics === true ? metricsEverySeconds : Number(metrics)
  if (!Number.isFinite(seconds) || seconds <= 0) {
    throw controlErrors.badOption(`--metrics: \`${metrics}\` must be a number of seconds.`)
  }
  return { everyMs: seconds * 1000, isJson: json }
}

/**
 * Tells on standard error what the operators of each job do, now and then until the function that
 * it gives is called, and then once more.
 */
export function tellMetrics(
  clock: Clock,
  scriptRun: ScriptRun,
  { everyMs, isJson }: WantedMetrics,
): () => void {
  const stopped = new AbortController()
  const tell = () => {
    for (const { job, metrics } of scriptRun.jobMetrics()) {
      if (isJson) terminal.err(JSON.stringify({ time: clock.now(), job, ...metrics }))
      else terminal.err(`\n${job}\n${operatorTable(metrics.operators)}`)
    }
  }
  const tellOn = async () => {
    while (!stopped.signal.aborted) {
      await clock.sleep(everyMs, stopped.signal)
      tell()
    }
  }
  tellOn().catch(() => {})
  return () => {
    stopped.abort()
    tell()
  }
}
