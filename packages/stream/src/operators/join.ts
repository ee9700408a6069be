import type { JoinNode } from '../plan/join-node.js'
import type { OperatorState } from '../state/operator-state.js'
import type { Engine } from './duckdb/engine.js'
import { JoinPairs } from './join-pairs.js'
import { JoinSide, type RowsAlone } from './join-side.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { StepFlow } from './step-flow.js'

/**
 * A join of two inputs that may both change.
 *
 * Delta rule. With L and R the rows of the two sides before a step, and dL and dR what the step
 * adds to them (rows with how often, taken back ones negative):
 *
 *     d(L ⋈ R) = dL ⋈ R + L ⋈ dR + dL ⋈ dR
 *
 * The first two meet the state through its index by join key. A pair of two rows that both change is
 * in all three; it is made once, of how often they were there and are. Else a row could come that
 * another term takes back, and a sink by key would hold whichever was last. A row of an outer side is padded with
 * NULLs while it has no match: with c how often it is there and m how many matches it has, it is
 * padded c times where m = 0; so its padding changes by [m' = 0] c' - [m = 0] c. A semi join gives
 * its left rows alone where m > 0, an anti join where m = 0, and a mark join all of them beside m > 0;
 * none of these gives pairs.
 *
 * State: all rows of both sides, each with how often it is there, and of a side whose rows
 * may come alone how many matches it has. Bound: the rows of both sides. Modes: reads append-only or retract; writes
 * append-only where both inputs are and the join is inner or semi, otherwise retract.
 */
export class RegularJoin implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly left: JoinSide
  private readonly right: JoinSide
  private readonly pairs: JoinPairs

  private constructor(
    left: JoinSide,
    right: JoinSide,
    pairs: JoinPairs,
    type: JoinNode['type'],
    inputs: readonly Flow[],
    changelog: Flow['changelog'],
  ) {
    this.left = left
    this.right = right
    this.pairs = pairs
    this.states = new Map([left, right].map((side) => [side.name, side.table] as const))
    this.flow = new StepFlow({
      changelog,
      sql: pairs.outputSql(changelog),
      ...(changelog === 'append' && type === 'inner' && { passed: pairs.passed }),
      inputs,
    })
  }

  /** `relation` begins the names of its relations. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: JoinNode
    left: Flow
    right: Flow
    /** Where the rows of a side are forgotten so long after they were last written. */
    ttls: { readonly left?: number; readonly right?: number }
  }): Promise<RegularJoin> {
    const { engine, name, relation, node, left, right } = of
    const pairs = new JoinPairs(engine, relation, node)
    const leftSide = await JoinSide.compile({
      engine,
      name: `${name}, left`,
      which: 'left',
      input: left,
      fields: node.left.fields,
      keys: node.leftKeys,
      alone: leftAlone(node),
      pairs,
      isForgetful: of.ttls.left !== undefined,
    })
    const rightSide = await JoinSide.compile({
      engine,
      name: `${name}, right`,
      which: 'right',
      input: right,
      fields: node.right.fields,
      keys: node.rightKeys,
      alone: node.type === 'right' || node.type === 'full' ? 'unmatched' : 'none',
      pairs,
      isForgetful: of.ttls.right !== undefined,
    })
    const keepsRows = node.type === 'inner' || node.type === 'semi'
    const isAppend = keepsRows && left.changelog === 'append' && right.changelog === 'append'
    const changelog = isAppend ? 'append' : 'retract'
    return new RegularJoin(leftSide, rightSide, pairs, node.type, [left, right], changelog)
  }

  async step(): Promise<OperatorStep> {
    const { left, right, pairs } = this
    this.flow.give({ hasRows: false })
    await left.take()
    await right.take()
    if (left.delta.rowCount === 0 && right.delta.rowCount === 0) return { changes: [], late: 0 }
    left.pairWithTable(right)
    right.pairWithTable(left)
    left.pairWithDelta(right)
    pairs.load()
    const settled = [await left.settle(), await right.settle()]
    const padded = settled.flatMap(({ padding }) =>
      padding === undefined || padding.rowCount === 0 ? [] : [padding],
    )
    pairs.loadPadded(padded)
    this.flow.give({ hasRows: !pairs.isEmpty || padded.length > 0 })
    const recordsIn = [left.delta.rowCount, right.delta.rowCount]
    return { changes: settled.map(({ change }) => change), late: 0, recordsIn }
  }

  async settle(): Promise<void> {
    this.pairs.clear()
    this.left.clear()
    this.right.clear()
  }
}

function leftAlone({ type }: JoinNode): RowsAlone {
  if (type === 'semi') return 'matched'
  if (type === 'mark') return 'marked'
  return type === 'left' || type === 'full' || type === 'anti' ? 'unmatched' : 'none'
}
