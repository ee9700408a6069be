import { StateError } from './errors.js'
import type { OperatorState } from './operator-state.js'

/** Of so many states the error says how much they hold, the largest first. */
const sharesMax = 5

/** Who holds how much of a state that is over its limit. */
export function stateTooLarge(of: {
  states: ReadonlyMap<string, OperatorState>
  sizeBytes: number
  bytesMax: number
}): StateError {
  const { states, sizeBytes, bytesMax } = of
  const largest = [...states].sort(([, left], [, right]) => right.sizeBytes - left.sizeBytes)
  const shares = largest.slice(0, sharesMax).map(([name, state]) => {
    return `${name} holds ${sizeText(state.sizeBytes)} in ${state.rowCount} rows`
  })
  const others = largest.length - shares.length
  if (others > 0) shares.push(`${others} others hold the rest`)
  const detail = `the state takes ${sizeText(sizeBytes)}, and ${sizeText(bytesMax)} are allowed`
  return new StateError('STATE_TOO_LARGE', `${detail}: ${shares.join('; ')}`)
}

const units = ['bytes', 'kb', 'mb', 'gb', 'tb']

/** As `state.memory.max` is written. */
function sizeText(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`
}
