import { lazy, Suspense } from 'react'
import type { EChartProps } from './EChart.js'

const EChart = lazy(() => import('./EChart.js'))

/** A chart; its place is kept while the charting library loads. */
export function Chart(props: EChartProps) {
  return (
    <Suspense fallback={<div className={props.className} style={{ height: props.height }} />}>
      <EChart {...props} />
    </Suspense>
  )
}
