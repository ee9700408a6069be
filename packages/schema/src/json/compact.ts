/**
 * A JSON text without white space, with strings in their shortest form and everything else as it
 * was written: numbers keep their digits and members their order, which they would not through
 * JSON.parse.
 */
export function compactJson(text: string): string {
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[^\s"]+/g)
  return [...tokens]
    .map(([token]) => (token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token))
    .join('')
}

/** The same JSON with the members of every object in the order of their names. */
export function sortedJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sortedJson)
  if (typeof json !== 'object' || json === null) return json
  const members = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, value]) => [name, sortedJson(value)]))
}
