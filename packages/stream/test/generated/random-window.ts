import type { Chance } from './chance.js'
import type { Query, Session, Window } from './query.js'
import type { Shape } from './query-shape.js'
import { randomGrouping } from './random-grouping.js'

export function alignedWindow(chance: Chance): Window {
  const stepMs = 1000 * chance.from(2, 6)
  const sizeMs = stepMs * chance.from(1, 3)
  switch (chance.pick(['TUMBLE', 'HOP', 'CUMULATE'] as const)) {
    case 'TUMBLE':
      return { kind: 'TUMBLE', sizeMs, offsetMs: chance.oneIn(3) ? 1000 : 0 }
    case 'HOP':
      return { kind: 'HOP', slideMs: stepMs, sizeMs }
    case 'CUMULATE':
      return { kind: 'CUMULATE', stepMs, sizeMs }
  }
}

/** The rows with their windows. */
export function randomWindow(chance: Chance, input: Query, window = alignedWindow(chance)): Query {
  const [start = '', end = '', time = ''] = ['s', 'e', 't'].map((letter) => chance.name(letter))
  return { kind: 'window', input, window, start, end, time }
}

/** A grouping by windows, or by sessions. */
export function randomWindowGroup(chance: Chance, input: Query, shape: Shape): Query {
  const isSession = chance.oneIn(3)
  const [start = '', end = '', time = ''] = ['s', 'e', 't'].map((letter) => chance.name(letter))
  const aligned = alignedWindow(chance)
  const isOrdered = shape.isOrdered && !isSession && aligned.kind === 'TUMBLE'
  const group = randomGrouping(chance, { ...shape, isAppend: true }, isOrdered)
  if (!isSession) {
    return { kind: 'windowGroup', input, window: aligned, start, end, time, group }
  }
  const partition = group.keys.flatMap(({ value }) => {
    return value.kind === 'column' && !chance.oneIn(3) ? [value.name] : []
  })
  const session: Session = { kind: 'SESSION', gapMs: 1000 * chance.from(1, 4), partition }
  const { sets: _, ...plain } = group
  return { kind: 'windowGroup', input, window: session, start, end, time, group: plain }
}
