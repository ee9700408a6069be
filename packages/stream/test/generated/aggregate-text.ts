import { type Dialect, duckdbType, type Expression, typeTexts } from './expression.js'
import type { Aggregate } from './query.js'
import { resultOf } from './query-shape.js'

/**
 * An aggregate in either dialect. In DuckDB's words sums and means are brought to the types that
 * Flink gives them: means of whole numbers are cut, those of decimals have six digits.
 */
export function aggregateText(
  aggregate: Aggregate,
  dialect: Dialect,
  of: {
    text: (expression: Expression) => string
    /** The order in which rows came, in DuckDB. */
    seq: string
    /** The window of an OVER, in parentheses. */
    over?: string
  },
): string {
  const argument = aggregate.argument === undefined ? '*' : of.text(aggregate.argument)
  const distinct = aggregate.distinct === true ? 'DISTINCT ' : ''
  const filter = aggregate.filter === undefined ? undefined : of.text(aggregate.filter)
  const over = of.over === undefined ? '' : ` OVER ${of.over}`
  const { function: name } = aggregate
  if (dialect === 'flink') {
    const where = filter === undefined ? '' : ` FILTER (WHERE ${filter})`
    if (name === 'COLLECT') return `CAST(COLLECT(${argument})${where}${over} AS STRING)`
    if (name === 'PERCENTILE') return `PERCENTILE(${argument}, 0.3)${where}${over}`
    const inner = name === 'ROW_NUMBER' ? '' : `${distinct}${argument}`
    return `${name}(${inner})${where}${over}`
  }
  const where = (...more: string[]) => {
    const all = [...(filter === undefined ? [] : [filter]), ...more]
    return all.length === 0 ? '' : ` FILTER (WHERE ${all.join(' AND ')})`
  }
  const type = duckdbType(typeTexts[resultOf(aggregate)])
  const sum = `sum(${distinct}${argument})${where()}${over}`
  const count = `count(${distinct}${argument})${where()}${over}`
  switch (name) {
    case 'COUNT':
      return count
    case 'SUM':
      return resultOf(aggregate) === 'total' ? sum : `CAST(${sum} AS ${type})`
    case 'AVG':
      return meanText(sum, count, resultOf(aggregate), type)
    case 'MIN':
    case 'MAX':
      return `${name}(${argument})${where()}${over}`
    case 'FIRST_VALUE':
    case 'LAST_VALUE': {
      if (over !== '') return `${name}(${argument} IGNORE NULLS)${over}`
      const which = name === 'FIRST_VALUE' ? 'first' : 'last'
      return `${which}(${argument} ORDER BY ${of.seq})${where(`${argument} IS NOT NULL`)}`
    }
    case 'LISTAGG':
      return `string_agg(${argument}, ',' ORDER BY ${of.seq})${where()}`
    case 'COLLECT': {
      const counts = `histogram(${argument})${where(`${argument} IS NOT NULL`)}${over}`
      return `coalesce(CAST(${counts} AS VARCHAR), '{}')`
    }
    case 'PERCENTILE':
      return `quantile_cont(CAST(${argument} AS DOUBLE), 0.3)${where()}${over}`
    case 'ROW_NUMBER':
      return `row_number()${over}`
    case 'LAG':
      return `lag(${argument})${over}`
  }
}

function meanText(sum: string, count: string, kind: string, type: string): string {
  if (kind === 'double') return `${sum} / ${count}`
  if (kind !== 'total') return `CAST(${sum} // ${count} AS ${type})`
  // Exact, and half of the sixth digit rounds away from zero.
  const micros = `CAST(round(CAST(${sum} AS DOUBLE) * 1000000) AS HUGEINT)`
  const half = `(2 * abs(${micros}) + ${count}) // (2 * ${count})`
  return `CAST(CAST(sign(${micros}) * (${half}) AS DOUBLE) / 1000000 AS ${type})`
}
