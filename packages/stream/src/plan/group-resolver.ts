import { type CallNode, type ColumnNode, type ExpressionNode, SqlError } from '../sql/index.js'
import { holdsAggregate, isAggregate, resolveAggregate } from './aggregate-calls.js'
import { isSameExpression } from './equality.js'
import type { AggregateCall, Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { findColumn, type PendingWindow, type Relation, windowPartOf } from './scope.js'

/** What a grouping makes of its input. Fields of the groups: keys, aggregates, window columns. */
interface Groups {
  readonly input: Relation
  readonly groups: Relation
  /** Over the input, in the order of the groups' fields. */
  readonly keys: readonly Expression[]
  readonly aggregates: readonly AggregateCall[]
  /** By which the input was grouped. */
  readonly window?: PendingWindow
}

/** Over the input; a column of the window becomes one that no key is. */
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

  override resolve(node: ExpressionNode): Expression {
    return this.#keyFor(node) ?? super.resolve(node)
  }

  protected override resolveCall(node: CallNode): Expression {
    if (!isAggregate(node)) return super.resolveCall(node)
    const call = resolveAggregate(node, this.#groups.input)
    const place = this.#groups.aggregates.findIndex((each) => isSameExpression(each, call))
    return this.#field(this.#groups.keys.length + place)
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
    return this.#groups.keys.length + this.#groups.aggregates.length
  }

  /** The key that the expression is, if it is one. */
  #keyFor(node: ExpressionNode): Expression | undefined {
    const { keys } = this.#groups
    if (node.kind !== 'column' && keys.every(({ kind }) => kind === 'column')) return undefined
    if (holdsAggregate(node)) return undefined
    const expression = this.#overInput.resolve(node)
    const place = keys.findIndex((key) => isSameExpression(key, expression))
    return place === -1 ? undefined : this.#field(place)
  }

  #field(index: number): Expression {
    const field = this.#groups.groups.node.fields[index]
    if (field === undefined) throw new Error(`the groups have no field ${index}`)
    return { kind: 'column', index, name: field.name, type: field.type }
  }
}
