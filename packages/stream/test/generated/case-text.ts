import { duckdbType, typeTexts } from './expression.js'
import { type Table, tablesOf } from './query.js'
import { shapeOf } from './query-shape.js'
import { textOf } from './query-text.js'
import type { Case, Change, Step } from './random-case.js'

/**
 * A case as it is run, printed and kept: tables, the query in Flink's words, what it means in
 * DuckDB's, and the steps. It stands for itself, whatever the generator makes of its seed later.
 */
export interface CaseText {
  readonly tables: readonly TableText[]
  /** Columns of the sink, with types in Flink's words. */
  readonly sink: readonly ColumnText[]
  readonly views: readonly string[]
  readonly query: string
  readonly recompute: string
  readonly steps: readonly Step[]
}

interface ColumnText {
  readonly name: string
  readonly type: string
}

export interface TableText {
  readonly name: string
  readonly changelog: Table['changelog']
  readonly columns: readonly ColumnText[]
  readonly time?: { readonly column: string; readonly delayMs: number }
}

export function caseTextOf({ query, steps }: Case): CaseText {
  const flink = textOf(query, 'flink')
  return {
    tables: tablesOf(query).map((table) => ({
      ...table,
      columns: table.columns.map(({ name, type }) => ({ name, type: typeTexts[type] })),
    })),
    sink: shapeOf(query).columns.map(({ name, type }) => ({ name, type: typeTexts[type] })),
    views: flink.views,
    query: flink.query,
    recompute: textOf(query, 'duckdb').query,
    steps,
  }
}

/** The script that is planned. */
export function scriptOf({ tables, views, sink, query }: CaseText): string {
  return `${tables.map(flinkTable).join('\n')}
${views.join('\n')}
CREATE TABLE answers (${listed(sink, ', ')}) WITH ('connector' = 'kafka', 'format' = 'debezium-json');
INSERT INTO answers ${query};`
}

function flinkTable({ name, changelog, columns, time }: TableText): string {
  const key = columns[0]?.name ?? ''
  const parts = columns.map((column) => {
    const isKey = changelog === 'upsert' && column.name === key
    return `${column.name} ${column.type}${isKey ? ' NOT NULL' : ''}`
  })
  if (time !== undefined) {
    const seconds = time.delayMs / 1000
    parts.push(`WATERMARK FOR ${time.column} AS ${time.column} - INTERVAL '${seconds}' SECOND`)
  }
  if (changelog === 'upsert') parts.push(`PRIMARY KEY (${key}) NOT ENFORCED`)
  const options = {
    append: "'connector' = 'kafka', 'format' = 'json'",
    changes: "'connector' = 'kafka', 'format' = 'debezium-json'",
    upsert: "'connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json'",
  }
  return `CREATE TABLE ${name} (${parts.join(', ')}) WITH (${options[changelog]});`
}

/** The table as DuckDB has it: each row with the steps in which it counts. */
export function duckdbTable({ name, columns }: TableText): string {
  const parts = columns.map((column) => `${column.name} ${duckdbType(column.type)}`)
  return `CREATE OR REPLACE TABLE ${name}_all (${parts.join(', ')}, _seq BIGINT, _from INT, _until INT)`
}

/** The case as it is read by people, and by `parseCase`. */
export function writeCase(title: string, text: CaseText): string {
  const lines = [`== ${title}`]
  for (const { name, changelog, columns, time } of text.tables) {
    const times = time === undefined ? '' : ` watermark ${time.column} ${time.delayMs}`
    lines.push(`table ${name} ${changelog}${times}: ${listed(columns, '; ')}`)
  }
  for (const view of text.views) lines.push(oneLine(view))
  lines.push(`query ${oneLine(text.query)}`, `sink ${listed(text.sink, '; ')}`)
  lines.push(`recompute ${oneLine(text.recompute)}`)
  for (const { changes, snapshot, restart } of text.steps) {
    for (const { table, kind, row } of changes)
      lines.push(`${kind} ${table} ${JSON.stringify(row)}`)
    lines.push(`step${snapshot ? ' snapshot' : ''}${restart ? ' restart' : ''}`)
  }
  return `${lines.join('\n')}\n`
}

function listed(columns: readonly ColumnText[], separator: string): string {
  return columns.map(({ name, type }) => `${name} ${type}`).join(separator)
}

function oneLine(sql: string): string {
  return sql.replace(/\s+/g, ' ')
}

/** All cases of a text, by their titles. Lines that begin with # are left out. */
export function parseCases(text: string): { title: string; text: CaseText }[] {
  const [, ...cases] = `\n${text}`.split('\n== ')
  return cases.map((each) => {
    const [title = '', ...lines] = each.split('\n')
    return { title, text: parseCase(lines.filter((line) => line !== '' && !line.startsWith('#'))) }
  })
}

function parseCase(lines: readonly string[]): CaseText {
  const tables: TableText[] = []
  const views: string[] = []
  const steps: Step[] = []
  const said = { query: '', recompute: '' }
  let sink: ColumnText[] = []
  let changes: Change[] = []
  for (const line of lines) {
    const [word = ''] = line.split(' ', 1)
    const rest = line.slice(word.length + 1)
    if (word === 'table') tables.push(parseTable(rest))
    else if (word === 'CREATE') views.push(line)
    else if (word === 'sink') sink = parseColumns(rest)
    else if (word === 'query' || word === 'recompute') said[word] = rest
    else if (word === 'step') {
      const [snapshot, restart] = [rest.includes('snapshot'), rest.includes('restart')]
      steps.push({ changes, ...(snapshot && { snapshot }), ...(restart && { restart }) })
      changes = []
    } else {
      const [table = ''] = rest.split(' ', 1)
      const row = JSON.parse(rest.slice(table.length + 1))
      changes.push({ table, kind: kindOf(word), row })
    }
  }
  return { tables, views, sink, steps, ...said }
}

function kindOf(word: string): Change['kind'] {
  if (word === '+I' || word === '-U' || word === '+U' || word === '-D') return word
  throw new RangeError(`there is no change ${word}`)
}

function parseTable(line: string): TableText {
  const [head = '', list = ''] = line.split(': ', 2)
  const [name = '', changelog = '', , column, delay] = head.split(' ')
  if (changelog !== 'append' && changelog !== 'upsert' && changelog !== 'changes') {
    throw new RangeError(`${name} is none of append, upsert and changes`)
  }
  const time = column === undefined ? {} : { time: { column, delayMs: Number(delay) } }
  return { name, changelog, columns: parseColumns(list), ...time }
}

function parseColumns(list: string): ColumnText[] {
  return list.split('; ').map((each) => {
    const [name = ''] = each.split(' ', 1)
    return { name, type: each.slice(name.length + 1) }
  })
}
