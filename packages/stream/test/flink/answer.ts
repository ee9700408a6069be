/** A column of an answer: its type as Flink writes it, with NOT NULL. */
export interface Column {
  readonly name: string
  readonly type: string
}

/**
 * What an engine makes of a question: the columns, unless it is a script, and the rows as the
 * text that stands in the topic, sorted, of changes the final table; or that it fails, and where
 * it fails only when it runs, its columns.
 */
export type Answer = { readonly columns?: readonly Column[] } & (
  | { readonly rows: readonly string[] }
  | { readonly failure: string; readonly isRefusal?: true }
)

/** `a INT, b DECIMAL(10, 2) NOT NULL`. */
export function columnsText(columns: readonly Column[]): string {
  return columns.map(({ name, type }) => `${nameText(name)} ${type}`).join(', ')
}

export function columnsOf(text: string): Column[] {
  return partsOf(text).map((each) => {
    const [, quoted, plain = '', type = ''] = /^(?:`([^`]*)`|(\S+)) (.*)$/.exec(each) ?? []
    return { name: quoted ?? plain, type }
  })
}

/** Cuts at the commas outside of every bracket. */
function partsOf(text: string): string[] {
  const parts: string[] = []
  let [depth, start] = [0, 0]
  for (const { 0: sign, index } of text.matchAll(/[(<>)]|, /g)) {
    if (sign === '(' || sign === '<') depth++
    else if (sign === ')' || sign === '>') depth--
    else if (depth === 0) {
      parts.push(text.slice(start, index))
      start = index + sign.length
    }
  }
  return [...parts, text.slice(start)]
}

export function answerText(answer: Answer): string {
  const columns = answer.columns === undefined ? [] : [columnsText(answer.columns)]
  if ('failure' in answer) return [...columns, `! ${answer.failure}`].join('\n')
  return [...columns, ...(answer.rows.length === 0 ? ['nothing'] : answer.rows)].join('\n')
}

/**
 * The answer in the form in which two engines agree: why something fails, how a number is
 * written, and in which order the fields of a JSON object stand do not count; of DOUBLE and FLOAT
 * the value counts, of every other number each digit.
 */
export function comparable(answer: Answer): string {
  if ('failure' in answer) return 'it fails'
  const { columns = [], rows } = answer
  const approximate = new Set(
    columns.filter(({ type }) => /^(DOUBLE|FLOAT)/.test(type)).map(({ name }) => name),
  )
  const lone = columns.length === 1 && approximate.has('x')
  const values = rows.map((row) => comparableRow(row, (name) => lone || approximate.has(name)))
  return [columnsText(columns), ...values].join('\n')
}

const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

function comparableRow(row: string, isApproximate: (name: string) => boolean): string {
  let name = ''
  const sorted = sortedMembers(row)
  return sorted.replace(tokens, (token, at: number) => {
    if (token.startsWith('"')) {
      const text = JSON.parse(token)
      if (sorted[at + token.length] === ':') name = text
      return JSON.stringify(text)
    }
    return isApproximate(name) ? String(Number(token)) : plainNumber(token)
  })
}

/** The members of each JSON object in the order of their texts. */
function sortedMembers(json: string): string {
  const open: { start: string; members: string[] }[] = []
  let text = ''
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]|[^"{}[\],]+/g)) {
    if (token === '{' || token === '[') {
      open.push({ start: text + token, members: [] })
      text = ''
      continue
    }
    const inner = open.at(-1)
    if (inner !== undefined && (token === ',' || token === '}' || token === ']')) {
      if (text !== '') inner.members.push(text)
      text = ''
      if (token === ',') continue
      open.pop()
      const members = token === '}' ? inner.members.sort() : inner.members
      text = `${inner.start}${members.join(',')}${token}`
    } else text += token
  }
  return text
}

/** `1.20E2` and `120.0` are both `120`. */
function plainNumber(token: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const zeros = digits.length - significant.length
  const power = Number(exponent) - fraction.length + zeros
  return `${sign}${significant}e${power}`
}

function nameText(name: string): string {
  return /^\w+$/.test(name) ? name : `\`${name}\``
}
