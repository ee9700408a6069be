import type { AggregateCall, Expression } from './expression.js'
import type { MatchNode, MatchReference, PatternTerm } from './match-node.js'
import { rewriteExpression } from './rewrite-expression.js'

/** How calls and expressions over columns of the input are written. */
export interface MatchTexts {
  aggregate(call: AggregateCall): string
  expression(expression: Expression): string
  column(index: number): string
}

/** The lines of a match in the text of a plan. */
export function matchTexts(node: MatchNode, texts: MatchTexts): string[] {
  const { partitionKeys, timeColumn, isArrival, order, fields, measures } = node
  const further = order.map(({ column, descending, nullsFirst }) => {
    return `${texts.column(column)}${descending ? ' DESC' : ''} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`
  })
  const names = fields.slice(partitionKeys.length).map(({ name }) => name)
  return [
    `match ${patternText(node)} ${[isArrival ? 'as rows come' : `by ${texts.column(timeColumn)}`, ...further].join(', ')}${skipText(node)}`,
    ...(partitionKeys.length === 0
      ? []
      : [`    partition by [${partitionKeys.map(texts.column).join(', ')}]`]),
    ...definitionTexts(node, texts).map((line) => `    ${line}`),
    ...measures.map((each, index) => {
      return `    ${matchExpressionText(each, node, texts)} AS ${names[index]}`
    }),
  ]
}

/** `(A B*? C{2,3}) within 1000 ms`. */
export function patternText({ pattern, withinMs }: MatchNode): string {
  const within = withinMs === undefined ? '' : ` within ${withinMs} ms`
  return `(${pattern.map(termText).join(' ')})${within}`
}

function termText({ variable, from, to, greedy }: PatternTerm): string {
  const reluctant = greedy ? '' : '?'
  if (from === 1 && to === 1) return variable
  if (to === undefined && from < 2) return `${variable}${from === 0 ? '*' : '+'}${reluctant}`
  if (from === 0 && to === 1) return `${variable}?${reluctant}`
  if (from === to) return `${variable}{${from}}`
  return `${variable}{${from},${to ?? ''}}${reluctant}`
}

export function skipText({ skip, pattern }: MatchNode): string {
  if (!('term' in skip)) return `, skip ${skip.to === 'next row' ? 'to next row' : skip.to}`
  return `, skip to ${skip.to} ${pattern[skip.term]?.variable}`
}

/** A line for each condition. */
export function definitionTexts(node: MatchNode, texts: MatchTexts): string[] {
  return node.pattern.flatMap(({ variable, condition }) =>
    condition === undefined
      ? []
      : [`${variable} where ${matchExpressionText(condition, node, texts)}`],
  )
}

/** An expression over the references of a match. */
export function matchExpressionText(
  expression: Expression,
  node: MatchNode,
  texts: MatchTexts,
): string {
  const named = rewriteExpression(expression, (part) => {
    const reference = part.kind === 'column' ? node.references[part.index] : undefined
    if (part.kind !== 'column' || reference === undefined) return part
    return { ...part, name: referenceText(reference, node, texts) }
  })
  return texts.expression(named)
}

function referenceText(reference: MatchReference, node: MatchNode, texts: MatchTexts): string {
  const variable = reference.term === undefined ? '' : node.pattern[reference.term]?.variable
  if (reference.kind === 'aggregate') {
    const text = texts.aggregate(reference.call).replace(/: [^:]*$/, '')
    return variable === '' ? text : `${text} of ${variable}`
  }
  const { from, offset, column } = reference
  const value = `${variable === '' ? '' : `${variable}.`}${texts.column(column)}`
  if (from === 'last' && offset === 0) return value
  return `${from.toUpperCase()}(${value}${offset === 0 ? '' : `, ${offset}`})`
}
