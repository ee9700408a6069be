/**
 * Requests and what they are answered with, as a person would write them down:
 *
 *     # why
 *     PUT topics/rides/configs/retention.ms {"value": "60000"}
 *     > accept: application/json
 *     204
 *
 * A path without a `/` before it is below `/v3/clusters/{cluster}`. What is expected is a status,
 * then the error's code or JSON that the answer has to contain; `"*"` in it is anything. After
 * ` | proxy ` stands what Confluent's REST proxy answers where that is something else: our gaps,
 * listed in the place where they show.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'

export interface Step {
  /** Where it stands, for a person. */
  readonly line: string
  readonly method: string
  readonly path: string
  readonly body: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly status: number
  readonly code: number | undefined
  /** Undefined where nothing is said of it. */
  readonly contains: unknown
  /** What the REST proxy answers, where it is something else. */
  readonly proxy: string | undefined
}

const folder = path.join(import.meta.dirname, '../../../test/contract')

/** What stands in `{}` is the value of that name. */
export function readScript(
  name: string,
  values: Readonly<Record<string, string>> & { readonly cluster: string },
): Step[] {
  const text = readFileSync(path.join(folder, name), 'utf8').replace(/\{(\w+)\}/g, (all, given) => {
    return values[given] ?? all
  })
  const steps: Step[] = []
  let nth = 0
  for (const block of text.split(/\n(?:[ \t]*\n)+/)) {
    const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    nth++
    if (lines.length > 0)
      steps.push(readStep(lines, `${name}, block ${nth}: ${lines[0]}`, values.cluster))
  }
  return steps
}

function readStep(lines: readonly string[], line: string, cluster: string): Step {
  const [first = '', ...rest] = lines
  const request = /^(\w+) (\S+)(?: (.*))?$/.exec(first)
  const [expected = '', proxy] = (rest.at(-1) ?? '').split(' | proxy ')
  const answer = /^(\d{3})(?: (.*))?$/.exec(expected)
  if (request === null || answer === null) throw new Error(`${line}: cannot be read`)
  const [, method = '', target = '', body] = request
  const [, status = '', said] = answer
  const headers = rest.slice(0, -1).map((header) => {
    const [, name = '', value = ''] = /^> ([\w-]+): (.*)$/.exec(header) ?? []
    if (name === '') throw new Error(`${line}: ${header} is no header`)
    return [name, value]
  })
  const isCode = said !== undefined && /^\d+$/.test(said)
  return {
    ...{ line, method, body, proxy, status: Number(status) },
    path: target.startsWith('/') ? target : `/v3/clusters/${cluster}/${target}`,
    headers: Object.fromEntries(headers),
    code: isCode ? Number(said) : undefined,
    contains: said === undefined || isCode ? undefined : JSON.parse(said),
  }
}

/** Where an answer has not what was expected of it; undefined where it has. */
export function difference(
  actual: unknown,
  expected: unknown,
  at = 'the body',
): string | undefined {
  if (expected === '*' && actual !== undefined) return undefined
  const isObject = (value: unknown) => typeof value === 'object' && value !== null
  if (!isObject(actual) || !isObject(expected)) {
    if (actual === expected) return undefined
    return `${at} is ${JSON.stringify(actual)}, and not ${JSON.stringify(expected)}`
  }
  if (Array.isArray(expected) && (!Array.isArray(actual) || actual.length !== expected.length)) {
    return `${at} is ${JSON.stringify(actual)}, and not a list of ${expected.length}`
  }
  for (const [name, value] of Object.entries(expected as object)) {
    const found = difference((actual as Record<string, unknown>)[name], value, `${at}, ${name}`)
    if (found !== undefined) return found
  }
  return undefined
}
