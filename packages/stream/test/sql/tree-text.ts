import type {
  CallNode,
  ExpressionNode,
  FrameBound,
  GroupItem,
  Hint,
  InsertStatement,
  JsonBehaviour,
  MatchRecognize,
  Name,
  OrderItem,
  PatternTermNode,
  Query,
  QueryBody,
  Select,
  SessionStatement,
  Statement,
  TableAlias,
  TableExpression,
  TypeNode,
  WindowSpecification,
} from '../../src/sql/index.js'
import { alterationText, columnText, keyText, watermarkText } from './tree-table-text.js'

/**
 * A syntax tree as SQL again: every name quoted, every operation in parentheses, so that the text
 * shows how it was understood.
 */
export function statementText(statement: Statement): string {
  switch (statement.kind) {
    case 'createTable': {
      const items = [
        ...statement.columns.map(columnText),
        ...statement.watermarks.map(watermarkText),
        ...statement.primaryKeys.map(keyText),
      ]
      const lines = [
        `CREATE ${temporary(statement.temporary)}TABLE ${notExists(statement.ifNotExists)}${path(statement.name)}`,
      ]
      items.push(...(statement.order ?? []).map(name))
      if (items.length > 0) lines.push(`(\n${items.map((item) => `  ${item}`).join(',\n')}\n)`)
      if (statement.comment !== undefined) lines.push(`COMMENT ${string(statement.comment)}`)
      if (statement.partitionedBy.length > 0) {
        lines.push(`PARTITIONED BY (${names(statement.partitionedBy)})`)
      }
      if (statement.options.length > 0) {
        const options = statement.options.map(
          ({ key, value }) => `${string(key)} = ${string(value)}`,
        )
        lines.push(`WITH (${options.join(', ')})`)
      }
      if (statement.like !== undefined) {
        const { table, options } = statement.like
        const parts = options.map(({ strategy, feature }) => ` ${strategy} ${feature}`)
        lines.push(`LIKE ${path(table)}${parts.length === 0 ? '' : ` (${parts.join('').trim()})`}`)
      }
      if (statement.query !== undefined) lines.push(`AS\n${queryText(statement.query)}`)
      return lines.join('\n')
    }
    case 'createView': {
      const columns = statement.columns.length > 0 ? ` (${names(statement.columns)})` : ''
      return `CREATE ${statement.replaces ? 'OR REPLACE ' : ''}${temporary(statement.temporary)}VIEW ${notExists(statement.ifNotExists)}${path(statement.name)}${columns} AS\n${queryText(statement.query)}`
    }
    case 'insert':
      return insertText(statement)
    case 'statementSet':
      return `EXECUTE STATEMENT SET BEGIN\n${statement.inserts.map((insert) => `${insertText(insert)};\n`).join('')}END`
    case 'set':
      return `SET ${string(statement.key)} = ${string(statement.value)}`
    case 'queryStatement':
      return queryText(statement.query)
    case 'createFunction': {
      const kind = statement.temporary ? `TEMPORARY ${statement.system ? 'SYSTEM ' : ''}` : ''
      const language = statement.language === undefined ? '' : ` LANGUAGE ${statement.language}`
      return `CREATE ${kind}FUNCTION ${notExists(statement.ifNotExists)}${path(statement.name)} AS ${string(statement.identifier)}${language}`
    }
    case 'dropFunction': {
      const kind = statement.temporary ? `TEMPORARY ${statement.system ? 'SYSTEM ' : ''}` : ''
      return `DROP ${kind}FUNCTION ${statement.ifExists ? 'IF EXISTS ' : ''}${path(statement.name)}`
    }
    case 'describeFunction':
      return `DESCRIBE FUNCTION ${statement.extended ? 'EXTENDED ' : ''}${path(statement.name)}`
    default:
      return sessionText(statement)
  }
}

function sessionText(statement: SessionStatement): string {
  switch (statement.kind) {
    case 'createCatalog': {
      const options = statement.options.map(({ key, value }) => `${string(key)} = ${string(value)}`)
      const exists = notExists(statement.ifNotExists)
      const given = options.length === 0 ? '' : ` WITH (${options.join(', ')})`
      return `CREATE CATALOG ${exists}${name(statement.name)}${given}`
    }
    case 'dropCatalog':
      return `DROP CATALOG ${statement.ifExists ? 'IF EXISTS ' : ''}${name(statement.name)}`
    case 'createDatabase':
      return `CREATE DATABASE ${notExists(statement.ifNotExists)}${path(statement.path)}`
    case 'dropDatabase': {
      const exists = statement.ifExists ? 'IF EXISTS ' : ''
      return `DROP DATABASE ${exists}${path(statement.path)}${statement.cascade ? ' CASCADE' : ''}`
    }
    case 'drop': {
      const exists = statement.ifExists ? 'IF EXISTS ' : ''
      return `DROP ${temporary(statement.temporary)}${statement.object} ${exists}${path(statement.name)}`
    }
    case 'alter': {
      const exists = statement.ifExists ? 'IF EXISTS ' : ''
      const start = `ALTER ${statement.object} ${exists}${path(statement.name)}`
      return `${start} ${alterationText(statement.change)}`
    }
    case 'show': {
      const { what, of, like } = statement
      const from = what.startsWith('CREATE') ? ' ' : ' FROM '
      const place = of === undefined ? '' : `${from}${path(of)}`
      if (like === undefined) return `SHOW ${what}${place}`
      const not = like.negated ? ' NOT' : ''
      return `SHOW ${what}${place}${not} ${like.ignoresCase ? 'ILIKE' : 'LIKE'} ${string(like.pattern)}`
    }
    case 'describe':
      return `DESCRIBE ${path(statement.name)}`
    case 'use':
      return `USE ${statement.isCatalog ? 'CATALOG ' : ''}${path(statement.path)}`
    case 'showSettings':
      return 'SET'
    case 'reset':
      return statement.key === undefined ? 'RESET' : `RESET ${string(statement.key)}`
    case 'explain': {
      const { details, statement: inner } = statement
      const asked = details.map(({ text }) => `${text} `).join(', ')
      return `EXPLAIN ${asked}${statementText(inner).replace(/^EXECUTE /, '')}`
    }
  }
}

function hintText({ name: { text }, options, names: plain }: Hint): string {
  const parts = [
    ...options.map(({ key, value }) => `${string(key)} = ${string(value)}`),
    ...plain.map((each) => name(each)),
  ]
  return `/*+ ${text}(${parts.join(', ')}) */`
}

function insertText({ columns, hints, overwrite, query, table }: InsertStatement): string {
  const list = columns.length > 0 ? ` (${names(columns)})` : ''
  return `INSERT ${overwrite ? 'OVERWRITE' : 'INTO'} ${path(table)}${hints.map((hint) => ` ${hintText(hint)}`).join('')}${list}\n${queryText(query)}`
}

const temporary = (is: boolean) => (is ? 'TEMPORARY ' : '')
const notExists = (is: boolean) => (is ? 'IF NOT EXISTS ' : '')
export const string = (text: string) => `'${text.replaceAll("'", "''")}'`
export const name = ({ text }: Name) => `\`${text.replaceAll('`', '``')}\``
export const names = (all: readonly Name[]) => all.map(name).join(', ')
export const path = (all: readonly Name[]) => all.map(name).join('.')
const list = (all: readonly ExpressionNode[]) => all.map(expressionText).join(', ')

export function queryText(query: Query): string {
  const clauses: string[] = []
  if (query.with.length > 0) {
    const common = query.with.map((each) => {
      const columns = each.columns.length > 0 ? ` (${names(each.columns)})` : ''
      return `${name(each.name)}${columns} AS (${queryText(each.query)})`
    })
    clauses.push(`WITH ${common.join(', ')}`)
  }
  clauses.push(bodyText(query.body))
  if (query.orderBy.length > 0) clauses.push(`ORDER BY ${orderText(query.orderBy)}`)
  if (query.limit !== undefined) clauses.push(`LIMIT ${expressionText(query.limit)}`)
  if (query.offset !== undefined) clauses.push(`OFFSET ${expressionText(query.offset)}`)
  return clauses.join('\n')
}

function bodyText(body: QueryBody): string {
  switch (body.kind) {
    case 'query':
      return `(${queryText(body)})`
    case 'select':
      return selectText(body)
    case 'setOperation':
      return `${operandText(body.left)}\n${body.operator}${body.all ? ' ALL' : ''}\n${operandText(body.right)}`
    case 'values':
      return `VALUES ${body.rows.map((row) => `(${list(row)})`).join(', ')}`
  }
}

function operandText(body: QueryBody): string {
  return body.kind === 'setOperation' ? `(${bodyText(body)})` : bodyText(body)
}

function selectText(select: Select): string {
  const hints = select.hints.map((hint) => `${hintText(hint)} `).join('')
  const items = select.items.map(
    ({ alias, expression }) =>
      `${expressionText(expression)}${alias === undefined ? '' : ` AS ${name(alias)}`}`,
  )
  const clauses = [`SELECT ${hints}${select.distinct ? 'DISTINCT ' : ''}${items.join(', ')}`]
  if (select.from !== undefined) clauses.push(`FROM ${tableText(select.from)}`)
  if (select.where !== undefined) clauses.push(`WHERE ${expressionText(select.where)}`)
  if (select.groupBy !== undefined) {
    clauses.push(`GROUP BY ${select.groupBy.map(groupText).join(', ')}`)
  }
  if (select.having !== undefined) clauses.push(`HAVING ${expressionText(select.having)}`)
  if (select.windows.length > 0) {
    const windows = select.windows.map((each) => `${name(each.name)} AS ${windowText(each.window)}`)
    clauses.push(`WINDOW ${windows.join(', ')}`)
  }
  if (select.qualify !== undefined) clauses.push(`QUALIFY ${expressionText(select.qualify)}`)
  return clauses.join('\n')
}

function groupText(item: GroupItem): string {
  switch (item.kind) {
    case 'expression':
      return expressionText(item.expression)
    case 'tuple':
      return `(${item.items.map(groupText).join(', ')})`
    default:
      return `${item.kind} (${item.items.map(groupText).join(', ')})`
  }
}

function orderText(items: readonly OrderItem[]): string {
  return items
    .map(({ direction, expression, nulls }) =>
      [expressionText(expression), direction, ...(nulls ? [`NULLS ${nulls}`] : [])].join(' '),
    )
    .join(', ')
}

function tableText(table: TableExpression): string {
  switch (table.kind) {
    case 'tableName': {
      const hints = table.hints.map((hint) => ` ${hintText(hint)}`).join('')
      const asOf =
        table.asOf === undefined ? '' : ` FOR SYSTEM_TIME AS OF ${expressionText(table.asOf)}`
      return `${path(table.path)}${hints}${asOf}${aliasText(table.alias)}`
    }
    case 'derivedTable':
      return `${table.lateral ? 'LATERAL ' : ''}(${queryText(table.query)})${aliasText(table.alias)}`
    case 'tableFunction':
      return `${table.lateral ? 'LATERAL ' : ''}TABLE(${expressionText(table.call)})${aliasText(table.alias)}`
    case 'unnest':
      return `UNNEST(${expressionText(table.expression)})${table.ordinality ? ' WITH ORDINALITY' : ''}${aliasText(table.alias)}`
    case 'matchRecognize':
      return `${tableText(table.table)} MATCH_RECOGNIZE (${matchText(table)})${aliasText(table.alias)}`
    case 'join': {
      const on = table.on === undefined ? '' : ` ON ${expressionText(table.on)}`
      const using = table.using === undefined ? '' : ` USING (${names(table.using)})`
      return `(${tableText(table.left)} ${table.natural ? 'NATURAL ' : ''}${table.type} JOIN ${tableText(table.right)}${on}${using})`
    }
  }
}

function matchText(match: MatchRecognize): string {
  const { partitionBy, orderBy, measures, skip, pattern, within, definitions } = match
  const measured = measures.map(
    (each) => `${expressionText(each.expression)} AS ${name(each.name)}`,
  )
  const variable = skip !== undefined && 'variable' in skip ? ` ${name(skip.variable)}` : ''
  return [
    ...(partitionBy.length > 0 ? [`PARTITION BY ${list(partitionBy)}`] : []),
    ...(orderBy.length > 0 ? [`ORDER BY ${orderText(orderBy)}`] : []),
    ...(measured.length > 0 ? [`MEASURES ${measured.join(', ')}`] : []),
    ...(skip === undefined ? [] : [`AFTER MATCH SKIP ${skip.kind}${variable}`]),
    `PATTERN (${pattern.map(termText).join(' ')})`,
    ...(within === undefined ? [] : [`WITHIN ${expressionText(within)}`]),
    `DEFINE ${definitions.map((each) => `${name(each.variable)} AS ${expressionText(each.condition)}`).join(', ')}`,
  ].join(' ')
}

function termText({ variable, from, to, reluctant }: PatternTermNode): string {
  const isOne = from === 1 && to === 1 && !reluctant
  return `${name(variable)}${isOne ? '' : `{${from},${to ?? ''}}${reluctant ? '?' : ''}`}`
}

function aliasText(alias: TableAlias | undefined): string {
  if (alias === undefined) return ''
  return ` AS ${name(alias.name)}${alias.columns.length > 0 ? ` (${names(alias.columns)})` : ''}`
}

function windowText(window: WindowSpecification): string {
  const parts: string[] = []
  if (window.base !== undefined) parts.push(name(window.base))
  if (window.partitionBy.length > 0) parts.push(`PARTITION BY ${list(window.partitionBy)}`)
  if (window.orderBy.length > 0) parts.push(`ORDER BY ${orderText(window.orderBy)}`)
  if (window.frame !== undefined) {
    const { from, to, unit } = window.frame
    parts.push(
      to === undefined
        ? `${unit} ${boundText(from)}`
        : `${unit} BETWEEN ${boundText(from)} AND ${boundText(to)}`,
    )
  }
  return `(${parts.join(' ')})`
}

function boundText(bound: FrameBound): string {
  switch (bound.kind) {
    case 'preceding':
      return `${expressionText(bound.offset)} PRECEDING`
    case 'following':
      return `${expressionText(bound.offset)} FOLLOWING`
    case 'unboundedPreceding':
      return 'UNBOUNDED PRECEDING'
    case 'unboundedFollowing':
      return 'UNBOUNDED FOLLOWING'
    case 'currentRow':
      return 'CURRENT ROW'
  }
}

/** An expression with all its parentheses. */
export function expressionText(node: ExpressionNode): string {
  const not = 'negated' in node && node.negated ? 'NOT ' : ''
  switch (node.kind) {
    case 'column':
      return path(node.path)
    case 'star':
      return [...node.qualifier.map(name), '*'].join('.')
    case 'number':
      return node.text
    case 'string':
      return string(node.value)
    case 'bytes':
      return `X'${node.hex}'`
    case 'boolean':
      return node.value === null ? 'UNKNOWN' : String(node.value).toUpperCase()
    case 'null':
      return 'NULL'
    case 'temporal':
      return `${node.type} ${string(node.value)}`
    case 'interval': {
      const to = node.to === undefined ? '' : ` TO ${node.to}`
      return `INTERVAL ${node.negative ? '-' : ''}${string(node.value)} ${node.from}${to}`
    }
    case 'unary':
      return `(${node.operator} ${expressionText(node.operand)})`
    case 'binary':
      return `(${expressionText(node.left)} ${node.operator} ${expressionText(node.right)})`
    case 'is':
      return `(${expressionText(node.operand)} IS ${not}${node.test})`
    case 'between':
      return `(${expressionText(node.operand)} ${not}BETWEEN ${node.symmetric ? 'SYMMETRIC ' : ''}${expressionText(node.low)} AND ${expressionText(node.high)})`
    case 'inList':
      return `(${expressionText(node.operand)} ${not}IN (${list(node.items)}))`
    case 'inQuery':
      return `(${expressionText(node.operand)} ${not}IN (${queryText(node.query)}))`
    case 'like': {
      const escaping = node.escape === undefined ? '' : ` ESCAPE ${expressionText(node.escape)}`
      return `(${expressionText(node.operand)} ${not}${node.operator} ${expressionText(node.pattern)}${escaping})`
    }
    case 'exists':
      return `EXISTS (${queryText(node.query)})`
    case 'subquery':
      return `(${queryText(node.query)})`
    case 'case': {
      const operand = node.operand === undefined ? '' : ` ${expressionText(node.operand)}`
      const branches = node.branches.map(
        ({ result, when }) => ` WHEN ${expressionText(when)} THEN ${expressionText(result)}`,
      )
      const otherwise =
        node.otherwise === undefined ? '' : ` ELSE ${expressionText(node.otherwise)}`
      return `CASE${operand}${branches.join('')}${otherwise} END`
    }
    case 'cast':
      return `${node.tryCast ? 'TRY_CAST' : 'CAST'}(${expressionText(node.operand)} AS ${typeText(node.type)})`
    case 'call':
      return callText(node)
    case 'namedArgument':
      return `${name(node.name)} => ${expressionText(node.value)}`
    case 'timeUnit':
      return node.unit
    case 'constructor':
      return node.type === 'ROW' ? `ROW(${list(node.items)})` : `${node.type}[${list(node.items)}]`
    case 'element':
      return `${expressionText(node.operand)}[${expressionText(node.index)}]`
    case 'fieldAccess':
      return `(${expressionText(node.operand)}).${name(node.field)}`
    case 'tableArgument': {
      const partition =
        node.partitionBy.length > 0 ? ` PARTITION BY (${list(node.partitionBy)})` : ''
      const order = node.orderBy.length > 0 ? ` ORDER BY ${orderText(node.orderBy)}` : ''
      return `TABLE ${tableText(node.table)}${partition}${order}`
    }
    case 'descriptor':
      return `DESCRIPTOR(${names(node.columns)})`
  }
}

/** Special forms are written as they were. */
function callText(node: CallNode): string {
  const written = node.name.map(({ text }) => text).join('.')
  const [first, second] = node.arguments
  const distinct = node.distinct ? 'DISTINCT ' : ''
  const nulls = node.nulls === undefined ? '' : ` ${node.nulls} NULLS`
  let text = `${written}(${distinct}${list(node.arguments)}${nulls})`
  if (first?.kind === 'timeUnit' && written === 'EXTRACT' && second !== undefined) {
    text = `EXTRACT(${first.unit} FROM ${expressionText(second)})`
  } else if (second?.kind === 'timeUnit' && first !== undefined) {
    text = `${written}(${expressionText(first)} TO ${second.unit})`
  } else if (written.startsWith('TRIM') && first !== undefined) {
    const side = written.slice('TRIM '.length) || 'BOTH'
    text = `TRIM(${side}${second === undefined ? '' : ` ${expressionText(second)}`} FROM ${expressionText(first)})`
  } else if (written === 'POSITION' && first !== undefined && second !== undefined) {
    text = `POSITION(${expressionText(first)} IN ${expressionText(second)})`
  } else if (node.arguments.length === 0 && /^(CURRENT_|LOCAL)/.test(written)) {
    text = written
  }
  if (node.json !== undefined || /^JSON_OBJECT/.test(written)) text = jsonCallText(node, written)
  if (node.withinGroup !== undefined)
    text += ` WITHIN GROUP (ORDER BY ${orderText(node.withinGroup)})`
  if (node.filter !== undefined) text += ` FILTER (WHERE ${expressionText(node.filter)})`
  if (node.over === undefined) return text
  return `${text} OVER ${'text' in node.over ? name(node.over) : windowText(node.over)}`
}

function jsonCallText(
  { arguments: operands, json = {}, distinct }: CallNode,
  written: string,
): string {
  const behaviour = (of: JsonBehaviour) =>
    of.kind === 'DEFAULT' ? `DEFAULT ${expressionText(of.value)}` : of.kind
  const pairs = operands.flatMap((value, index) => {
    const key = operands[index - 1]
    return index % 2 === 0 || key === undefined
      ? []
      : [`${expressionText(key)} VALUE ${expressionText(value)}`]
  })
  const parts = [
    ...(distinct ? ['DISTINCT'] : []),
    /^JSON_OBJECT/.test(written) ? pairs.join(', ') : list(operands),
    ...(json.returning === undefined ? [] : [`RETURNING ${typeText(json.returning)}`]),
    ...(json.wrapper === undefined ? [] : [wrapperTexts[json.wrapper]]),
    ...(json.onEmpty === undefined ? [] : [`${behaviour(json.onEmpty)} ON EMPTY`]),
    ...(json.onError === undefined ? [] : [`${behaviour(json.onError)} ON ERROR`]),
    ...(json.onNull === undefined ? [] : [`${json.onNull} ON NULL`]),
  ]
  return `${written}(${parts.filter((part) => part !== '').join(' ')})`
}

const wrapperTexts = {
  WITHOUT: 'WITHOUT ARRAY WRAPPER',
  CONDITIONAL: 'WITH CONDITIONAL ARRAY WRAPPER',
  UNCONDITIONAL: 'WITH UNCONDITIONAL ARRAY WRAPPER',
}

export function typeText(type: TypeNode): string {
  const nullability = type.nullable ? '' : ' NOT NULL'
  if (type.name === 'ROW') {
    const fields = type.fields.map((field) => `${name(field.name)} ${typeText(field.type)}`)
    return `ROW<${fields.join(', ')}>${nullability}`
  }
  if (type.elements.length > 0) {
    return `${type.name}<${type.elements.map(typeText).join(', ')}>${nullability}`
  }
  const parameters = type.parameters.length > 0 ? `(${type.parameters.join(', ')})` : ''
  return `${type.name.replace(/^INTERVAL /, 'INTERVAL ')}${parameters}${nullability}`
}
