import { HeatmapChart, LineChart } from 'echarts/charts'
import {
  GridComponent,
  LegendScrollComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
} from 'echarts/components'
import { type EChartsType, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import type { ChartOption } from './option.js'

use([
  CanvasRenderer,
  GridComponent,
  HeatmapChart,
  LegendScrollComponent,
  LineChart,
  TooltipComponent,
  VisualMapContinuousComponent,
])

export interface ChartProps {
  option: ChartOption
  /** What the chart shows, in words. */
  label: string
  className: string
  /** In CSS pixels; left out, the stylesheet decides. */
  height?: number | undefined
}

/**
 * An ECharts chart of its element's size. The library comes with the page, not in a chunk of its
 * own: a platform that dies while a chunk is on its way would leave a page without charts.
 */
export function Chart({ option, label, className, height }: ChartProps) {
  const element = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType>(undefined)

  useEffect(() => {
    if (element.current === null) return
    const made = init(element.current)
    chart.current = made
    const observer = new ResizeObserver(() => made.resize())
    observer.observe(element.current)
    return () => {
      observer.disconnect()
      made.dispose()
      chart.current = undefined
    }
  }, [])
  // Series that are gone must go, but everything else merges, or a tooltip would flicker.
  useEffect(() => {
    chart.current?.setOption(option, { replaceMerge: ['series'], lazyUpdate: true })
  }, [option])

  return (
    <div ref={element} className={className} style={{ height }} role="img" aria-label={label} />
  )
}
