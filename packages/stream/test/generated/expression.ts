/**
 * Expressions of generated queries: trees with types of their own, written in Flink's words and in
 * DuckDB's. Each function has both texts side by side, made without the planner that is tried.
 */

export type Dialect = 'flink' | 'duckdb'

/** `decimal` is computed with; `total` is one of 38 digits, which is only compared and summed. */
export type Kind =
  | 'int'
  | 'bigint'
  | 'double'
  | 'decimal'
  | 'total'
  | 'string'
  | 'boolean'
  | 'timestamp'
  | 'ltz'
  | 'date'
  | 'array'
  | 'row'

export type Expression =
  | { readonly kind: 'column'; readonly name: string; readonly type: Kind }
  | { readonly kind: 'literal'; readonly value: Value; readonly type: Kind }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly inputs: readonly Expression[]
      readonly type: Kind
    }

export type Value = string | number | boolean | null

interface Rule {
  readonly takes: readonly Kind[]
  readonly gives: Kind
  /** The arguments as texts, those from `literals` on as they stand in the query. */
  readonly flink: (...inputs: string[]) => string
  /** As Flink's where absent. */
  readonly duckdb?: (...inputs: string[]) => string
  /** Places of arguments that are literals of these values. */
  readonly literals?: Readonly<Record<number, readonly Value[]>>
}

const infix = (operator: string) => (a: string, b: string) => `(${a} ${operator} ${b})`
const call =
  (name: string) =>
  (...inputs: string[]) =>
    `${name}(${inputs.join(', ')})`

function rulesOfKind(kind: Kind): Record<string, Rule> {
  const compared = { takes: [kind, kind], gives: 'boolean' } as const
  return {
    [`${kind} =`]: { ...compared, flink: infix('=') },
    [`${kind} <>`]: { ...compared, flink: infix('<>') },
    [`${kind} <`]: { ...compared, flink: infix('<') },
    [`${kind} >=`]: { ...compared, flink: infix('>=') },
    [`${kind} IS DISTINCT FROM`]: { ...compared, flink: infix('IS DISTINCT FROM') },
    [`${kind} BETWEEN`]: {
      takes: [kind, kind, kind],
      gives: 'boolean',
      flink: (a, b, c) => `(${a} BETWEEN ${b} AND ${c})`,
    },
    [`${kind} IS NULL`]: { takes: [kind], gives: 'boolean', flink: (a) => `(${a} IS NULL)` },
    [`${kind} IS NOT NULL`]: {
      takes: [kind],
      gives: 'boolean',
      flink: (a) => `(${a} IS NOT NULL)`,
    },
    [`${kind} COALESCE`]: { takes: [kind, kind], gives: kind, flink: call('COALESCE') },
    [`${kind} CASE`]: {
      takes: ['boolean', kind, kind],
      gives: kind,
      flink: (a, b, c) => `CASE WHEN ${a} THEN ${b} ELSE ${c} END`,
    },
  }
}

function rulesOfNumbers(kind: 'int' | 'bigint' | 'double' | 'decimal'): Record<string, Rule> {
  return {
    [`${kind} +`]: { takes: [kind, kind], gives: kind, flink: infix('+') },
    [`${kind} -`]: { takes: [kind, kind], gives: kind, flink: infix('-') },
    [`${kind} ABS`]: { takes: [kind], gives: kind, flink: call('ABS') },
  }
}

function rulesOfIntegers(kind: 'int' | 'bigint'): Record<string, Rule> {
  return {
    [`${kind} *`]: {
      takes: [kind, 'int'],
      gives: kind,
      flink: infix('*'),
      literals: { 1: [2, 3, -1] },
    },
    [`${kind} MOD`]: {
      takes: [kind, 'int'],
      gives: kind,
      flink: call('MOD'),
      duckdb: infix('%'),
      literals: { 1: [2, 3] },
    },
    [`${kind} /`]: {
      takes: [kind, 'int'],
      gives: kind,
      flink: infix('/'),
      duckdb: infix('//'),
      literals: { 1: [2, 3] },
    },
    [`${kind} IN`]: {
      takes: [kind, kind, kind],
      gives: 'boolean',
      flink: (a, b, c) => `(${a} IN (${b}, ${c}))`,
      literals: { 1: [1, 0], 2: [3, 2] },
    },
  }
}

/** By name; each name begins with the kind that it is about. */
export const rules: Readonly<Record<string, Rule>> = {
  ...rulesOfKind('int'),
  ...rulesOfKind('bigint'),
  ...rulesOfKind('double'),
  ...rulesOfKind('decimal'),
  ...rulesOfKind('total'),
  ...rulesOfKind('string'),
  ...rulesOfKind('timestamp'),
  ...rulesOfKind('ltz'),
  ...rulesOfKind('date'),
  ...rulesOfNumbers('int'),
  ...rulesOfNumbers('bigint'),
  ...rulesOfNumbers('double'),
  ...rulesOfNumbers('decimal'),
  ...rulesOfIntegers('int'),
  ...rulesOfIntegers('bigint'),
  'boolean AND': { takes: ['boolean', 'boolean'], gives: 'boolean', flink: infix('AND') },
  'boolean OR': { takes: ['boolean', 'boolean'], gives: 'boolean', flink: infix('OR') },
  'boolean NOT': { takes: ['boolean'], gives: 'boolean', flink: (a) => `(NOT ${a})` },
  'boolean IS TRUE': { takes: ['boolean'], gives: 'boolean', flink: (a) => `(${a} IS TRUE)` },
  'boolean IS NOT FALSE': {
    takes: ['boolean'],
    gives: 'boolean',
    flink: (a) => `(${a} IS NOT FALSE)`,
  },
  'boolean COALESCE': { takes: ['boolean', 'boolean'], gives: 'boolean', flink: call('COALESCE') },
  'int CAST AS BIGINT': {
    takes: ['int'],
    gives: 'bigint',
    flink: (a) => `CAST(${a} AS BIGINT)`,
  },
  'int CAST AS DOUBLE': { takes: ['int'], gives: 'double', flink: (a) => `CAST(${a} AS DOUBLE)` },
  'int CAST AS STRING': { takes: ['int'], gives: 'string', flink: (a) => `CAST(${a} AS STRING)` },
  'int CAST AS DECIMAL': {
    takes: ['int'],
    gives: 'decimal',
    flink: (a) => `CAST(${a} AS DECIMAL(10, 2))`,
  },
  'int GREATEST': {
    takes: ['int', 'int'],
    gives: 'int',
    flink: call('GREATEST'),
    duckdb: (a, b) => `CASE WHEN ${a} >= ${b} THEN ${a} WHEN ${b} > ${a} THEN ${b} END`,
  },
  'int NULLIF': { takes: ['int', 'int'], gives: 'int', flink: call('NULLIF') },
  'boolean CAST AS STRING': {
    takes: ['boolean'],
    gives: 'string',
    flink: (a) => `CAST(${a} AS STRING)`,
    duckdb: (a) => `upper(CAST(${a} AS VARCHAR))`,
  },
  'string UPPER': { takes: ['string'], gives: 'string', flink: call('UPPER') },
  'string CHAR_LENGTH': {
    takes: ['string'],
    gives: 'int',
    flink: call('CHAR_LENGTH'),
    duckdb: (a) => `CAST(length(${a}) AS INT)`,
  },
  'string ||': { takes: ['string', 'string'], gives: 'string', flink: infix('||') },
  'string SUBSTRING': {
    takes: ['string', 'int'],
    gives: 'string',
    flink: (a, b) => `SUBSTRING(${a}, 1, ${b})`,
    literals: { 1: [1, 2] },
  },
  'string REPLACE': {
    takes: ['string', 'string', 'string'],
    gives: 'string',
    flink: call('REPLACE'),
    literals: { 1: ['a', 'b'], 2: ['', 'xy'] },
  },
  'string LIKE': {
    takes: ['string', 'string'],
    gives: 'boolean',
    flink: infix('LIKE'),
    literals: { 1: ['a%', '%b', '_'] },
  },
  'timestamp + INTERVAL': {
    takes: ['timestamp', 'int'],
    gives: 'timestamp',
    flink: (a, b) => `(${a} + INTERVAL '${b}' SECOND)`,
    literals: { 1: [1, 7] },
  },
  'timestamp FLOOR': {
    takes: ['timestamp'],
    gives: 'timestamp',
    flink: (a) => `FLOOR(${a} TO MINUTE)`,
    duckdb: (a) => `date_trunc('minute', ${a})`,
  },
  'timestamp EXTRACT': {
    takes: ['timestamp'],
    gives: 'bigint',
    flink: (a) => `EXTRACT(SECOND FROM ${a})`,
  },
  'timestamp CAST AS DATE': {
    takes: ['timestamp'],
    gives: 'date',
    flink: (a) => `CAST(${a} AS DATE)`,
  },
  'array CARDINALITY': {
    takes: ['array'],
    gives: 'int',
    flink: call('CARDINALITY'),
    duckdb: (a) => `CAST(len(${a}) AS INT)`,
  },
  'array ELEMENT': {
    takes: ['array', 'int'],
    gives: 'int',
    flink: (a, b) => `${a}[${b}]`,
    literals: { 1: [1, 2] },
  },
  'row FIELD x': { takes: ['row'], gives: 'int', flink: (a) => `${a}.x` },
  'row FIELD y': { takes: ['row'], gives: 'string', flink: (a) => `${a}.y` },
}

/** What `columns` says of each name is put in its place. */
export function expressionText(
  expression: Expression,
  dialect: Dialect,
  columns: (name: string, type: Kind) => string,
): string {
  switch (expression.kind) {
    case 'column':
      return columns(expression.name, expression.type)
    case 'literal':
      return literalText(expression.value, expression.type)
    case 'call': {
      const rule = rules[expression.name]
      if (rule === undefined) throw new RangeError(`no rule ${expression.name}`)
      const inputs = expression.inputs.map((input, place) =>
        rule.literals?.[place] !== undefined && input.kind === 'literal'
          ? plainLiteral(input.value)
          : expressionText(input, dialect, columns),
      )
      const write = dialect === 'duckdb' ? (rule.duckdb ?? rule.flink) : rule.flink
      return write(...inputs)
    }
  }
}

function plainLiteral(value: Value): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

/** A literal of exactly this type in both dialects. */
function literalText(value: Value, kind: Kind): string {
  if (value === null) return `CAST(NULL AS ${typeTexts[kind]})`
  switch (kind) {
    case 'int':
    case 'boolean':
      return String(value)
    case 'timestamp':
      return `TIMESTAMP '${value}'`
    case 'date':
      return `DATE '${value}'`
    case 'string':
      return `CAST('${value}' AS STRING)`
    default:
      return `CAST(${plainLiteral(value)} AS ${typeTexts[kind]})`
  }
}

/** In Flink's words; DuckDB reads them too, but for what `duckdbType` says. */
export const typeTexts: Readonly<Record<Kind, string>> = {
  int: 'INT',
  bigint: 'BIGINT',
  double: 'DOUBLE',
  decimal: 'DECIMAL(10, 2)',
  total: 'DECIMAL(38, 6)',
  string: 'STRING',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP(3)',
  ltz: 'TIMESTAMP_LTZ(3)',
  date: 'DATE',
  array: 'ARRAY<INT>',
  row: 'ROW<x INT, y STRING>',
}

/** A type in DuckDB's words; points in time are UTC there. */
export function duckdbType(type: string): string {
  const known: Record<string, string> = {
    'TIMESTAMP(3)': 'TIMESTAMP',
    'TIMESTAMP_LTZ(3)': 'TIMESTAMP',
    'ARRAY<INT>': 'INT[]',
    'ROW<x INT, y STRING>': 'STRUCT(x INT, y VARCHAR)',
  }
  return known[type] ?? type
}

/** Can values of the kind be keys, be compared and ordered? */
export function isPlain(kind: Kind): boolean {
  return kind !== 'array' && kind !== 'row'
}

export function isTime(kind: Kind): boolean {
  return kind === 'timestamp' || kind === 'ltz'
}

/** The columns that an expression reads. */
export function columnsIn(expression: Expression): string[] {
  if (expression.kind === 'column') return [expression.name]
  return expression.kind === 'literal' ? [] : expression.inputs.flatMap(columnsIn)
}
