/** Chart options of rates: pure, so that what is drawn can be tested without drawing. */
import { linesFrame } from '../chart/linesFrame.js'
import type { ChartOption } from '../chart/option.js'
import type { ChartTheme } from '../chart/theme.js'
import { formatRate } from '../format/number.js'
import type { RatePoint } from './history.js'

export interface SparklineData {
  from: number
  until: number
  entering: RatePoint[]
  leaving: RatePoint[]
}

/** Two lines without axes, on the last minute. */
export function sparklineOption(theme: ChartTheme, data: SparklineData): ChartOption {
  const line = { type: 'line' as const, symbol: 'none', silent: true }
  return {
    animation: false,
    grid: { left: 0, right: 0, top: 2, bottom: 1 },
    xAxis: { type: 'time', show: false, min: data.from, max: data.until },
    yAxis: { type: 'value', show: false, min: 0 },
    series: [
      {
        ...line,
        id: 'in',
        data: data.entering,
        lineStyle: { width: 1.25, color: theme.accent },
        areaStyle: { color: theme.accent, opacity: 0.16 },
      },
      { ...line, id: 'out', data: data.leaving, lineStyle: { width: 1, color: theme.inkSoft } },
    ],
  }
}

export interface RateLine {
  name: string
  points: RatePoint[]
}

/** Lines with axes, legend and tooltip. */
export function throughputOption(theme: ChartTheme, lines: readonly RateLine[]): ChartOption {
  return {
    ...linesFrame(theme),
    tooltip: {
      trigger: 'axis',
      ...theme.tooltip,
      valueFormatter: (value) => (typeof value === 'number' ? `${formatRate(value)}/s` : '–'),
    },
    xAxis: {
      type: 'time',
      axisLine: { lineStyle: { color: theme.line } },
      axisTick: { show: false },
      axisLabel: { color: theme.inkSoft, hideOverlap: true, formatter: '{HH}:{mm}:{ss}' },
      splitNumber: 4,
    },
    yAxis: {
      type: 'value',
      min: 0,
      minInterval: 1,
      splitNumber: 4,
      axisLabel: { color: theme.inkSoft, formatter: (value: number) => formatRate(value) },
      splitLine: { lineStyle: { color: theme.line, opacity: 0.7 } },
    },
    series: lines.map((line) => ({
      type: 'line' as const,
      id: line.name,
      name: line.name,
      data: line.points,
      symbol: 'none',
      lineStyle: { width: 1.75 },
      emphasis: { focus: 'series' as const, lineStyle: { width: 2.5 } },
    })),
  }
}
