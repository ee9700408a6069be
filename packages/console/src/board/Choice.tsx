import type { BoardView } from '@millrace/control/api'

interface Choices {
  values: readonly number[]
  initial: number
}

/** How many of the latest windows may be shown; all of them is always among the choices. */
export const windowChoices: Readonly<Record<BoardView['chart'], Choices>> = {
  heatmap: { values: [48, 96, 192], initial: 96 },
  line: { values: [96, 192, 480], initial: 192 },
}

/** On a narrow page, cells that can still be told apart. */
export function initialWindows(chart: BoardView['chart']): number {
  const { values, initial } = windowChoices[chart]
  return window.matchMedia('(max-width: 700px)').matches ? (values[0] ?? initial) : initial
}

/** How many series may be shown. */
export const seriesChoices: Readonly<Record<BoardView['chart'], Choices>> = {
  heatmap: { values: [12, 20, 40], initial: 20 },
  line: { values: [4, 8, 16], initial: 8 },
}

export interface ChoiceProps {
  label: string
  values: readonly number[]
  /** How many there are; choices beyond it would show nothing more. */
  available: number
  chosen: number
  onChoose: (count: number) => void
}

/** How much of a board is shown. Nothing to choose while all of it is shown at every choice. */
export function Choice({ label, values, available, chosen, onChoose }: ChoiceProps) {
  const offered = values.filter((value) => value < available)
  if (offered.length === 0) return null
  return (
    <label className="choice">
      {label}
      <select
        value={chosen >= available ? 'all' : String(chosen)}
        onChange={(event) => {
          const picked = event.target.value
          onChoose(picked === 'all' ? Number.MAX_SAFE_INTEGER : Number(picked))
        }}
      >
        {offered.map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
        <option value="all">all {available}</option>
      </select>
    </label>
  )
}
