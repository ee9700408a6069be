import { javaDoubleText } from '../../src/operators/scalar/java-number.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'

/** The row that expressions are computed over, and its table. */
const row = {
  ...{ i: 7, j: -2, z: 0, t: 127, sh: 300 },
  ...{ big: '9223372036854775807', small: '-9223372036854775808' },
  ...{ d: 2.5, e: -0.5, zero: 0, f: 1.5, m: '12.34', k: '0.06' },
  ...{ s: 'Hello', u: 'größer', emoji: 'a😀é', blank: '  x ', p: 'a_c', digits: '12' },
  ...{ words: 'twelve', csv: 'a,b,,c', pat: '[el]+', w: '2026-01-07 13:45:56' },
  url: 'http://user:pw@facebook.com:80/path1/p.php?k1=v1&k2=v2#Ref1',
  js: '{"a":{"b":[1,2,{"c":"x y"}]},"t":true,"n":null,"s":"str","d":1.50,"i":12,"big":12345678901234567890}',
  ...{ arr: '[1, "two", null]', bad: '{broken', yes: true, nay: false },
  ...{ ts: '2026-01-07 13:45:56.789', early: '1969-12-31 23:59:59.999' },
  ...{ micro: '2026-01-07 13:45:56.789123', leap: '2024-02-29 00:00:00' },
  ...{ ltz: '2026-01-07 13:45:56.789Z', daily: '2026-01-07', tod: '13:45:56' },
  last: '9999-12-31 23:59:59.999',
}

const table = `CREATE TABLE given (i INT, j INT, z INT, n INT, big BIGINT, small BIGINT, t TINYINT,
  sh SMALLINT, d DOUBLE, e DOUBLE, zero DOUBLE, nd DOUBLE, f FLOAT, m DECIMAL(10, 2),
  k DECIMAL(10, 2), nm DECIMAL(10, 2), s STRING, ns STRING, u STRING, emoji STRING, blank STRING,
  p STRING, digits STRING, words STRING, csv STRING, url STRING, js STRING, arr STRING, bad STRING,
  pat STRING, w STRING, yes BOOLEAN, nay BOOLEAN, maybe BOOLEAN, ts TIMESTAMP(3), nts TIMESTAMP(3),
  early TIMESTAMP(3), micro TIMESTAMP(6), leap TIMESTAMP(3), ltz TIMESTAMP_LTZ(3), daily DATE,
  ndate DATE, \`last\` TIMESTAMP(3), tod TIME(0)) WITH ('connector' = 'kafka', 'format' = 'json')`

export interface Answer {
  /** As TYPEOF names it; `?` where it is refused before it runs. */
  readonly type: string
  /** As the text files write it, or `! ` and the reason. */
  readonly value: string
}

/**
 * The types and values of expressions over the row. They are computed all at once; only where one
 * fails they are computed in smaller groups, until it stands alone.
 */
export async function evaluate(expressions: readonly string[]): Promise<Answer[]> {
  const types = expressions.map(typeOf)
  const values = new Array<string>(expressions.length)
  const planned: number[] = []
  types.forEach((type, index) => {
    if ('error' in type) values[index] = `! ${type.error}`
    else planned.push(index)
  })
  const run = async (indexes: readonly number[]): Promise<void> => {
    if (indexes.length === 0) return
    try {
      const given = await valuesOf(
        indexes.map((index) => [expressions[index] ?? '', nameOf(types[index])] as const),
      )
      indexes.forEach((index, place) => {
        values[index] = given[place] ?? ''
      })
    } catch (error) {
      if (indexes.length === 1) {
        values[indexes[0] ?? 0] = `! ${messageOf(error)}`
        return
      }
      const half = Math.ceil(indexes.length / 4)
      for (let at = 0; at < indexes.length; at += half) await run(indexes.slice(at, at + half))
    }
  }
  await run(planned)
  return types.map((type, index) => ({ type: nameOf(type), value: values[index] ?? '' }))
}

type Type = { readonly name: string } | { readonly error: string }

function nameOf(type: Type | undefined): string {
  return type === undefined || 'error' in type ? '?' : type.name
}

/** TYPEOF is known when it is planned: its plan holds the name. */
function typeOf(expression: string): Type {
  try {
    const plan = planScript(`${table};
      CREATE TABLE answers (a STRING) WITH ('connector' = 'kafka', 'format' = 'json');
      INSERT INTO answers SELECT TYPEOF(${expression}) FROM given;`)
    const node = plan.inserts[0]?.input
    const value = node?.kind === 'project' ? node.expressions[0] : undefined
    if (value?.kind !== 'literal') return { error: 'the type is not known' }
    return { name: String(value.value) }
  } catch (error) {
    return { error: messageOf(error) }
  }
}

async function valuesOf(
  expressions: readonly (readonly [expression: string, type: string])[],
): Promise<string[]> {
  const columns = expressions.map(([, type], index) => `a${index} ${type.replace(' NOT NULL', '')}`)
  const items = expressions.map(([expression]) => expression)
  const plan = planScript(`${table};
    CREATE TABLE answers (${columns.join(', ')}) WITH ('connector' = 'kafka', 'format' = 'json');
    INSERT INTO answers SELECT ${items.join(', ')} FROM given;`)
  const result = await runOnce(plan, new Map([['given', [row]]]))
  const [answer = {}] = result.get('answers') ?? []
  return expressions.map(([, type], index) => shown(answer[`a${index}`], type))
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const line = text.split('\n')[0] ?? text
  return line.replace(/^line \d+: /, '')
}

function shown(value: unknown, type: string): string {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value === 'boolean') return String(value).toUpperCase()
  if (typeof value === 'object') return JSON.stringify(value)
  if (/^(DOUBLE|FLOAT)/.test(type)) return javaDoubleText(Number(value))
  if (/^TIMESTAMP/.test(type)) return withoutZeros(String(value).replace('T', ' '))
  if (/^(BYTES|BINARY|VARBINARY)/.test(type)) {
    return `x'${Buffer.from(String(value), 'base64').toString('hex')}'`
  }
  return escaped(String(value))
}

function withoutZeros(time: string): string {
  return time.replace(/(\.\d*?)0*(Z?)$/, '$1$2').replace(/\.(Z?)$/, '$1')
}

/** Characters that would break a line of the text files. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
}
