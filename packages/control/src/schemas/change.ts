/** Something that came, went or changed from one schema to another. */
export interface Change {
  kind: 'came' | 'went' | 'changed'
  /** Path of the field, `stops[].address`; '' is the whole. */
  field: string
  /** What of it, without the field: `double, without a default`. */
  what: string
}

/** A change as a line: `+ tip  double, without a default`. */
export function changeText({ kind, field, what }: Change): string {
  const sign = { came: '+', went: '-', changed: '~' }[kind]
  return `${sign} ${field === '' ? '(the whole)' : field}: ${what}`
}
