/** A record of a topic of results. */
interface Published {
  readonly key: string | null
  /** Empty where it deletes the row of its key. */
  readonly value: string
}

/**
 * How what was published differs from what an undisturbed run has published, in words. Records of
 * a key are in one partition, in their order.
 */
export function differences(
  output: 'append' | 'upsert',
  published: readonly Published[],
  expected: readonly Published[],
): string[] {
  if (expected.length === 0) return ['the undisturbed run published nothing']
  if (output === 'append') {
    return compared(
      published.map(({ value }) => value),
      expected.map(({ value }) => value),
    )
  }
  const problems = compared(latestOf(published), latestOf(expected))
  const repeated = repeatedRecords(published)
  if (repeated > 0) problems.push(`${repeated} records say what the one before of their key said`)
  return problems
}

function compared(published: readonly string[], expected: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const row of published) counts.set(row, (counts.get(row) ?? 0) + 1)
  let missing = 0
  for (const row of expected) {
    const count = counts.get(row) ?? 0
    if (count === 0) missing++
    else counts.set(row, count - 1)
  }
  const known = new Set(expected)
  let twice = 0
  let wrong = 0
  for (const [row, count] of counts) {
    if (known.has(row)) twice += count
    else wrong += count
  }
  return [
    ...(missing > 0 ? [`${missing} of ${expected.length} rows are missing`] : []),
    ...(twice > 0 ? [`${twice} rows came again`] : []),
    ...(wrong > 0 ? [`${wrong} rows are none of the undisturbed run`] : []),
  ]
}

/** The latest row of each key, with its key. */
function latestOf(records: readonly Published[]): string[] {
  const rows = new Map<string, string>()
  for (const { key, value } of records) {
    if (value === '') rows.delete(key ?? '')
    else rows.set(key ?? '', value)
  }
  return [...rows].map(([key, value]) => `${key} ${value}`)
}

/**
 * A step says of a key only what differs, and says it once: so a record that is like the one before
 * of its key belongs to an outbox that was published again.
 */
function repeatedRecords(records: readonly Published[]): number {
  const latest = new Map<string, string>()
  let repeated = 0
  for (const { key, value } of records) {
    if (latest.get(key ?? '') === value) repeated++
    latest.set(key ?? '', value)
  }
  return repeated
}
