import type { BoardView } from '@millrace/control/api'
import { useState } from 'react'
import { formatValue } from '../format/number.js'
import { formatEventTime } from '../format/time.js'
import { tableWindowsMax } from '../limits.js'
import type { BoardTable } from './shape.js'

/** The chart's numbers as a table, for who cannot or would rather not read a chart. */
export function BoardTableView({ board, table }: { board: BoardView; table: BoardTable }) {
  const [open, setOpen] = useState(false)
  const windows = table.windows.map((time, at) => ({ time, at })).slice(-tableWindowsMax)
  windows.reverse()
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {open && (
        <section className="table-frame" aria-label={`${board.title}, table`}>
          <table>
            <caption>
              {board.value} by {board.series}; the latest {windows.length} windows, UTC
            </caption>
            <thead>
              <tr>
                <th scope="col">{board.series}</th>
                {windows.map(({ time }) => (
                  <th key={time} scope="col">
                    {formatEventTime(time)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.series.map((name, row) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {windows.map(({ time, at }) => {
                    const value = table.values[row]?.[at]
                    return <td key={time}>{value === undefined ? '' : formatValue(value)}</td>
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  )
}
