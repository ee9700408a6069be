import type { BoardView } from '@millrace/control/api'
import { memo, useMemo, useState } from 'react'
import { Chart } from '../chart/Chart.js'
import { useTheme } from '../chart/theme.js'
import { formatValue, plural } from '../format/number.js'
import { formatEventTimeLong } from '../format/time.js'
import { BoardTableView } from './BoardTableView.js'
import { Choice, initialWindows, seriesChoices, windowChoices } from './Choice.js'
import { boardOption } from './options.js'
import { type BoardTable, shapeBoard } from './shape.js'
import { useBoard } from './useBoard.js'

export interface BoardProps {
  board: BoardView
  /** Where events are sent to, for the words of an empty board. */
  gatewayUrl: string | undefined
  /** Whether the platform is heard; while it is not, the last rows stay. */
  connected: boolean
}

/** A chart that the project declares, kept up to date. Renders only when its own rows change. */
export const Board = memo(
  function Board({ board, gatewayUrl, connected }: BoardProps) {
    const theme = useTheme()
    const { rows, problem } = useBoard(board.name, connected)
    const [windowsMax, setWindowsMax] = useState(() => initialWindows(board.chart))
    const [seriesMax, setSeriesMax] = useState(seriesChoices[board.chart].initial)
    const table = useMemo(
      () => (rows === undefined ? undefined : shapeBoard(rows.points, { windowsMax, seriesMax })),
      [rows, windowsMax, seriesMax],
    )
    const option = useMemo(
      () => (table === undefined ? undefined : boardOption(theme, board, table)),
      [theme, board, table],
    )
    const titleId = `board-${board.name}`
    return (
      <section className="panel board" aria-labelledby={titleId} data-board={board.name}>
        <header className="panel-head">
          <h2 id={titleId}>{board.title}</h2>
          <p className="panel-note">{board.description}</p>
        </header>
        {problem !== undefined && (
          <p className="problem" role="alert">
            {problem}
            {rows !== undefined && ' What is shown is the last answer.'}
          </p>
        )}
        {rows === undefined && problem === undefined && (
          <p className="empty">Reading the board …</p>
        )}
        {table !== undefined && option !== undefined && table.windows.length === 0 && (
          <Empty gatewayUrl={gatewayUrl} />
        )}
        {table !== undefined && option !== undefined && table.windows.length > 0 && (
          <div className={problem === undefined ? 'board-body' : 'board-body stale'}>
            <Chart
              className={`board-chart board-chart-${board.chart}`}
              label={describe(board, table)}
              option={option}
              height={board.chart === 'heatmap' ? heatmapHeight(table) : undefined}
            />
            <div className="board-foot">
              <p className="board-coverage">{coverage(board, table)}</p>
              <div className="choices">
                <Choice
                  label="windows"
                  values={windowChoices[board.chart].values}
                  available={table.windowCount}
                  chosen={windowsMax}
                  onChoose={setWindowsMax}
                />
                <Choice
                  label="series"
                  values={seriesChoices[board.chart].values}
                  available={table.seriesCount}
                  chosen={seriesMax}
                  onChoose={setSeriesMax}
                />
              </div>
            </div>
            <BoardTableView board={board} table={table} />
          </div>
        )}
      </section>
    )
  },
  // The platform sends each board anew with each second's view: compare what it says.
  (before, after) =>
    before.gatewayUrl === after.gatewayUrl &&
    before.connected === after.connected &&
    JSON.stringify(before.board) === JSON.stringify(after.board),
)

function Empty({ gatewayUrl }: { gatewayUrl: string | undefined }) {
  return (
    <div className="empty">
      <p>
        <strong>No rows yet.</strong> Send events and they appear here. A window shows when it
        closes: once events later than its end have arrived.
      </p>
      {gatewayUrl !== undefined && (
        <pre>
          <code>
            {`curl ${gatewayUrl}/topics/TOPIC \\\n` +
              "  -H 'content-type: application/vnd.kafka.json.v2+json' \\\n" +
              '  -d \'{"records":[{"value":{…}}]}\''}
          </code>
        </pre>
      )}
    </div>
  )
}

/** Rows of a heatmap keep a height at which names can be read. */
function heatmapHeight(table: BoardTable): number {
  return Math.max(180, 72 + table.series.length * 17)
}

function coverage(board: BoardView, table: BoardTable): string {
  const part = (shown: number, all: number, noun: string) =>
    shown < all ? `${shown} of ${plural(all, noun)}` : plural(all, noun)
  const series = part(table.series.length, table.seriesCount, 'series')
  const chosen = table.series.length < table.seriesCount ? ` with the highest ${board.value}` : ''
  return `${series}${chosen} · ${part(table.windows.length, table.windowCount, 'window')}, UTC`
}

function describe(board: BoardView, table: BoardTable): string {
  const from = formatEventTimeLong(table.windows[0] ?? Number.NaN)
  const to = formatEventTimeLong(table.windows.at(-1) ?? Number.NaN)
  const range =
    table.range === undefined
      ? ''
      : `, between ${formatValue(table.range.min)} and ${formatValue(table.range.max)}`
  const what = `${board.value} by ${board.series} from ${from} to ${to}${range}`
  return `${board.chart === 'heatmap' ? 'Heatmap' : 'Line chart'}: ${what}. A table follows.`
}
