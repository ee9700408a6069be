import type { AggregateCall, Expression } from './expression.js'
import type { OverFunction, OverNode } from './over-node.js'
import { baseName } from './type-name.js'

/** How calls and expressions are written in the text of a plan. */
interface Texts {
  aggregate(call: Omit<AggregateCall, 'function'> & { readonly function: string }): string
  expression(expression: Expression): string
}

/** The lines of functions over windows of rows in the text of a plan. */
export function overTexts(
  { input, partitionKeys, timeColumn, isArrival, frame, functions }: OverNode,
  texts: Texts,
): string[] {
  const keys = partitionKeys.map((key) => input.fields[key]?.name)
  const { unit, preceding } = frame
  const length =
    preceding === undefined ? 'all' : unit === 'rows' ? `${preceding}` : `${preceding} ms of`
  const time = timeColumn === undefined ? [] : [`by ${input.fields[timeColumn]?.name}`]
  const order = [...time, ...(isArrival ? ['as they come'] : [])].join(', ')
  return [
    `over ${length} ${unit === 'rows' ? 'rows' : 'time'} before, ${order}`,
    ...(keys.length === 0 ? [] : [`    partition by [${keys.join(', ')}]`]),
    ...functions.map((each) => `    ${overFunctionText(each, texts)}`),
  ]
}

export function overFunctionText(each: OverFunction, texts: Texts): string {
  switch (each.function) {
    case 'row_number':
      return `${each.function}()`
    case 'first_value':
    case 'last_value':
      return texts.aggregate({ ...each, distinct: false })
    case 'lag': {
      const { argument, offset, otherwise, type } = each
      const rest = otherwise === undefined ? '' : `, ${texts.expression(otherwise)}`
      return `lag(${texts.expression(argument)}, ${offset}${rest}): ${baseName(type)}`
    }
    default:
      return texts.aggregate(each)
  }
}
