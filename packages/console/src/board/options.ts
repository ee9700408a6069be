/** Chart options of boards: pure, so that what is drawn can be tested without drawing. */

import type { BoardView } from '@millrace/control/api'
import { linesFrame } from '../chart/linesFrame.js'
import type { ChartOption } from '../chart/option.js'
import type { ChartTheme } from '../chart/theme.js'
import { formatValue } from '../format/number.js'
import { formatEventTime, formatEventTimeLong } from '../format/time.js'
import type { BoardTable } from './shape.js'

/** The chart that the board asks for. */
export function boardOption(theme: ChartTheme, board: BoardView, table: BoardTable): ChartOption {
  return board.chart === 'heatmap'
    ? heatmapOption(theme, board, table)
    : lineOption(theme, board, table)
}

/** Time × series, coloured by value. */
function heatmapOption(theme: ChartTheme, board: BoardView, table: BoardTable): ChartOption {
  const cells = table.values.flatMap((row, series) =>
    row.flatMap((value, window) => (value === undefined ? [] : [[window, series, value]])),
  )
  const { min, max } = table.range ?? { min: 0, max: 1 }
  const axisLabel = { color: theme.inkSoft, fontSize: 11 }
  return {
    animation: false,
    textStyle: { fontFamily: theme.font, color: theme.ink },
    grid: { left: 4, right: 4, top: 8, bottom: 34, outerBoundsMode: 'same' },
    tooltip: {
      ...theme.tooltip,
      formatter: (item) => {
        const cell = Array.isArray(item) ? item[0]?.value : item.value
        if (!Array.isArray(cell)) return ''
        const [window, series, value] = cell.map(Number)
        return tooltipText(
          formatEventTimeLong(table.windows[window ?? -1] ?? Number.NaN),
          [{ name: `${board.series} ${table.series[series ?? -1] ?? ''}`, value }],
          board.value,
        )
      },
    },
    xAxis: {
      type: 'category',
      data: table.windows.map(formatEventTime),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...axisLabel, hideOverlap: true },
    },
    yAxis: {
      type: 'category',
      data: table.series,
      inverse: true,
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...axisLabel, width: 110, overflow: 'truncate' },
    },
    visualMap: {
      type: 'continuous',
      min,
      // A board whose values are all equal still needs a scale with two ends.
      max: max > min ? max : min + 1,
      calculable: false,
      hoverLink: false,
      orient: 'horizontal',
      right: 4,
      bottom: 0,
      itemWidth: 10,
      itemHeight: 140,
      text: [formatValue(max), formatValue(min)],
      textStyle: { color: theme.inkSoft, fontSize: 11 },
      inRange: { color: theme.ramp },
    },
    series: [
      {
        id: 'values',
        type: 'heatmap',
        data: cells,
        itemStyle: { borderColor: theme.surface, borderWidth: table.windows.length > 200 ? 0 : 1 },
        emphasis: { itemStyle: { borderColor: theme.ink, borderWidth: 1.5 } },
      },
    ],
  }
}

/** One line a series. */
function lineOption(theme: ChartTheme, board: BoardView, table: BoardTable): ChartOption {
  const axisLabel = { color: theme.inkSoft, fontSize: 11 }
  return {
    ...linesFrame(theme),
    tooltip: {
      trigger: 'axis',
      ...theme.tooltip,
      formatter: (items) => {
        const points = Array.isArray(items) ? items : [items]
        const window = table.windows[points[0]?.dataIndex ?? -1] ?? Number.NaN
        const rows = points.flatMap(({ seriesName, value }) =>
          typeof value === 'number' ? [{ name: seriesName ?? '', value }] : [],
        )
        return tooltipText(formatEventTimeLong(window), rows, board.value)
      },
    },
    xAxis: {
      type: 'category',
      boundaryGap: false,
      data: table.windows.map(formatEventTime),
      axisLine: { lineStyle: { color: theme.line } },
      axisTick: { show: false },
      axisLabel: { ...axisLabel, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      scale: true,
      splitNumber: 4,
      axisLabel: { ...axisLabel, formatter: (value: number) => formatValue(value) },
      splitLine: { lineStyle: { color: theme.line, opacity: 0.7 } },
    },
    series: table.series.map((name, at) => ({
      id: name,
      name,
      type: 'line' as const,
      data: (table.values[at] ?? []).map((value) => value ?? null),
      showSymbol: table.windows.length < 40,
      symbolSize: 5,
      lineStyle: { width: 1.75 },
      emphasis: { focus: 'series' as const },
    })),
  }
}

/** Names come from events, and echarts takes a tooltip as HTML: everything is escaped. */
function tooltipText(
  title: string,
  rows: readonly { name: string; value: number | undefined }[],
  valueName: string,
): string {
  const lines = rows.map(
    ({ name, value }) =>
      `<div class="tip-row"><span>${escapeHtml(name)}</span>` +
      `<b>${escapeHtml(value === undefined ? '–' : formatValue(value))}</b></div>`,
  )
  const head = `<div class="tip-head">${escapeHtml(title)} · ${escapeHtml(valueName)}</div>`
  return head + lines.join('')
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
