const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** A length of time in its two largest units: `42 s`, `3 m 07 s`, `2 h 05 m`, `4 d 3 h`. */
export function formatDuration(ms: number): string {
  const length = Math.max(0, ms)
  if (length < minute) return `${Math.floor(length / second)} s`
  if (length < hour) return `${Math.floor(length / minute)} m ${two((length % minute) / second)} s`
  if (length < day) return `${Math.floor(length / hour)} h ${two((length % hour) / minute)} m`
  return `${Math.floor(length / day)} d ${Math.floor((length % day) / hour)} h`
}

function two(count: number): string {
  return Math.floor(count).toString().padStart(2, '0')
}
