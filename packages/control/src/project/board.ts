import type { BoardView } from '../api/types.js'
import type { Mapping } from './mapping.js'

/** `boards/*.yaml`: a chart on the console, and the query that it draws. */
export interface Board extends BoardView {
  sql: string
}

/** Reads one board. */
export function readBoard(name: string, yaml: Mapping): Board {
  const description = yaml.text('description')
  const board = {
    name,
    title: yaml.text('title') ?? name,
    ...(description === undefined ? {} : { description }),
    chart: yaml.choice('chart', ['line', 'heatmap'] as const) ?? ('line' as const),
    sql: yaml.text('sql', { required: true }) ?? '',
    time: yaml.text('time', { required: true }) ?? '',
    series: yaml.text('series', { required: true }) ?? '',
    value: yaml.text('value', { required: true }) ?? '',
  }
  yaml.end()
  return board
}
