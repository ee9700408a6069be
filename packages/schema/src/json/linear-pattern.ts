import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

/**
 * Patterns in linear time where RE2 knows them: a pattern of a schema meets text of a stranger.
 * What RE2 has not (looking around, back references) is left to JavaScript.
 */
export function linearRegExp(
  pattern: string,
  flags: string,
): { test(text: string): boolean; toString(): string } {
  const { RE2JS }: typeof import('re2js') = load('re2js')
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
    // ajv tells patterns apart by their text, and would take any other for the first one.
    const name = `/${pattern}/${flags}`
    return { test: (text) => compiled.matcher(text).find(), toString: () => name }
  } catch {
    return new RegExp(pattern, flags)
  }
}
// ajv writes this into standalone code, which is not made here.
linearRegExp.code = 'new RegExp'
