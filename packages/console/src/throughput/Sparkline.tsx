import { Chart } from '../chart/Chart.js'
import { useTheme } from '../chart/theme.js'
import { sparklineSpanMs } from '../limits.js'
import { type RateHistory, ratePoints } from './history.js'
import { sparklineOption } from './options.js'

/** What entered a stage (a filled line) and left it (a thin one) over the last minute. */
export function Sparkline({ history, stage }: { history: RateHistory; stage: string }) {
  const theme = useTheme()
  const until = history.at(-1)?.time ?? 0
  const from = until - sparklineSpanMs
  const option = sparklineOption(theme, {
    from,
    until,
    entering: ratePoints(history, stage, 'in', from),
    leaving: ratePoints(history, stage, 'out', from),
  })
  return <Chart className="sparkline" label="Records per second, last minute" option={option} />
}
