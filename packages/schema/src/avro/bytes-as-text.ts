/** A decoded value with its bytes as JSON has them: a string of the code points 0 to 255. */
export function bytesAsText(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(bytesAsText)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bytesAsText(each)]))
}
