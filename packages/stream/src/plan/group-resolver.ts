import { type CallNode, type ColumnNode, type ExpressionNode, SqlError } from '../sql/index.js'
import {
  holdsAggregate,
  holdsOver,
  isAggregate,
  resolveAggregate,
  resolveReduced,
} from './aggregate-calls.js'
import { isSameExpression } from './equality.js'
import { type AggregateCall, branchOf, columnAt, type Expression } from './expression.js'
import { ExpressionResolver, functionName } from './expression-resolver.js'
import { findColumn, type PendingWindow, type Relation, windowPartOf } from './scope.js'
import type { DataType } from './type.js'
import { holdsQuery } from './where-in-joins.js'

/** What a grouping makes of its input. Fields of the groups: keys, aggregates, window columns. */
interface Groups {
  readonly input: Relation
  readonly groups: Relation
  /** Over the input, in the order of the groups' fields. */
  readonly keys: readonly Expression[]
  readonly aggregates: readonly AggregateCall[]
  /** By which the input was grouped. */
  readonly window?: PendingWindow
  /** The grouping sets, of places in `keys`; then a field with the set's place follows the keys. */
  readonly sets?: readonly (readonly number[])[]
}

const bigint: DataType = { kind: 'bigint', nullable: false }

/** Over the input; a column of the window, and GROUPING, become columns that no key is. */
class KeyResolver extends ExpressionResolver {
  readonly #input: Relation

  constructor(input: Relation, clause: string) {
    super(input, clause)
    this.#input = input
  }

  protected override resolveColumn(node: ColumnNode): Expression {
    const { name, type, value } = findColumn(this.#input, node)
    return { kind: 'column', index: value.kind === 'field' ? value.index : -1, name, type }
  }

  protected override resolveCall(node: CallNode): Expression {
    if (!isGrouping(node)) return super.resolveCall(node)
    return { kind: 'column', index: -1, name: functionName(node), type: bigint }
  }
}

/** GROUPING and GROUPING_ID, which say of what grouping set a row is. */
function isGrouping(node: CallNode): boolean {
  return node.over === undefined && /^GROUPING(_ID)?$/i.test(functionName(node))
}

/**
 * Resolves expressions over groups: an expression that is a key of the grouping stands for the
 * key, an aggregate for its result, and any other column is refused.
 */
export class GroupResolver extends ExpressionResolver {
  readonly #groups: Groups
  readonly #overInput: ExpressionResolver

  constructor(groups: Groups, clause: string) {
    super(groups.groups, clause)
    this.#groups = groups
    this.#overInput = new KeyResolver(groups.input, clause)
  }

  protected override namesFor(): Relation {
    return this.#groups.input
  }

  override resolve(node: ExpressionNode): Expression {
    return this.#keyFor(node) ?? super.resolve(node)
  }

  protected override resolveCall(node: CallNode): Expression {
    if (isGrouping(node)) return this.#grouping(node)
    if (!isAggregate(node)) return super.resolveCall(node)
    const reduced = resolveReduced(node, this.#groups.input)
    if (reduced !== undefined) {
      return reduced.value(reduced.parts.map((call) => this.#aggregate(call)))
    }
    return this.#aggregate(resolveAggregate(node, this.#groups.input))
  }

  #aggregate(call: AggregateCall): Expression {
    const place = this.#groups.aggregates.findIndex((each) => isSameExpression(each, call))
    return this.#field(this.#afterKeys + place)
  }

  /** Of each key a bit, the first the highest: 1 where the row's grouping set leaves it out. */
  #grouping(node: CallNode): Expression {
    const { keys, sets } = this.#groups
    const name = functionName(node).toUpperCase()
    if (node.arguments.length === 0 || (name === 'GROUPING' && node.arguments.length > 1)) {
      const hint = name === 'GROUPING' ? 'write GROUPING(key)' : 'write GROUPING_ID(key, …)'
      throw new SqlError(`these are not the arguments of ${name}`, node.at, hint)
    }
    const places = node.arguments.map((argument) => {
      const expression = this.#overInput.resolve(argument)
      const place = keys.findIndex((key) => isSameExpression(key, expression))
      if (place >= 0) return place
      throw new SqlError(`${name} takes keys of GROUP BY`, argument.at, 'group by it')
    })
    const type = bigint
    const valueIn = (set: readonly number[]): Expression => {
      const bits = places.map((place) => (set.includes(place) ? '0' : '1')).join('')
      return { kind: 'literal', value: BigInt(`0b${bits}`), type }
    }
    const all = valueIn([...keys.keys()])
    if (sets === undefined) return all
    const set = this.#field(keys.length)
    const branches = sets.map((each, place) => {
      const value: Expression = { kind: 'literal', value: place, type: set.type }
      const when: Expression = {
        kind: 'call',
        function: '=',
        arguments: [set, value],
        type: { kind: 'boolean', nullable: false },
      }
      return branchOf(when, valueIn(each))
    })
    return { kind: 'case', branches, otherwise: all, type }
  }

  /** A column that is not a key: one of the window, or none that a group has. */
  protected override resolveColumn(node: ColumnNode): Expression {
    const column = findColumn(this.#groups.input, node)
    const part = windowPartOf(column, this.#groups.window)
    if (part !== undefined) {
      const ofGroups = this.#groups.groups.node.fields.findIndex(
        ({ name }, index) => index >= this.#windowFieldsFrom && name === `window_${part}`,
      )
      return this.#field(ofGroups)
    }
    throw new SqlError(
      `\`${column.name}\` is neither grouped by nor aggregated`,
      node.at,
      `add it to GROUP BY, or aggregate it: MAX(${column.name})`,
    )
  }

  get #windowFieldsFrom(): number {
    return this.#afterKeys + this.#groups.aggregates.length
  }

  get #afterKeys(): number {
    return this.#groups.keys.length + (this.#groups.sets === undefined ? 0 : 1)
  }

  /** The key that the expression is, if it is one. */
  #keyFor(node: ExpressionNode): Expression | undefined {
    const { keys } = this.#groups
    if (node.kind !== 'column' && keys.every(({ kind }) => kind === 'column')) return undefined
    if (holdsAggregate(node) || holdsOver(node) || holdsQuery(node)) return undefined
    const expression = this.#overInput.resolve(node)
    const place = keys.findIndex((key) => isSameExpression(key, expression))
    return place === -1 ? undefined : this.#field(place)
  }

  #field(index: number): Expression {
    return columnAt(this.#groups.groups.node.fields, index)
  }
}
