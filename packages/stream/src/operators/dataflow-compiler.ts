import type { Expression } from '../plan/expression.js'
import type { JoinNode } from '../plan/join-node.js'
import { meant } from '../plan/meaning.js'
import type { PlanNode } from '../plan/node.js'
import { type InsertNode, tellsBefore } from '../plan/plan.js'
import type { OperatorDescription } from '../state/description.js'
import { ExpiringTable } from '../state/expiring-table.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { OperatorState } from '../state/operator-state.js'
import { type DescribedNode, describedOperator } from './description.js'
import type { Engine } from './duckdb/engine.js'
import { EventTimeSort } from './event-time-sort.js'
import { FirstRow } from './first-row.js'
import { GroupAggregate } from './group-aggregate.js'
import { InputRows } from './input-rows.js'
import { IntervalJoin } from './interval-join.js'
import { RegularJoin } from './join.js'
import type { OperatorLimits } from './limits.js'
import { LookupJoin, lookedUpFlow } from './lookup-join.js'
import { PatternMatching } from './match/pattern-matching.js'
import { type Inputs, OperatorMeter, type Producer } from './metrics.js'
import { Normalize } from './normalize.js'
import type { Flow, Operator } from './operator.js'
import { OverAggregate } from './over-aggregate.js'
import type { PlanSources } from './plan-sources.js'
import { ProcessingTimeWindows, processingTimeFlow } from './processing-time-windows.js'
import { Rank } from './rank.js'
import { SessionAggregate } from './session-aggregate.js'
import { isOfSessions } from './session-layout.js'
import { collectedRows } from './session-rows.js'
import {
  expandFlow,
  filterFlow,
  projectFlow,
  unionFlow,
  withColumns,
  withoutBefore,
} from './stateless.js'
import { TemporalJoin } from './temporal-join.js'
import { unnestFlow } from './unnest.js'
import { UpsertMaterialize } from './upsert-materialize.js'
import { withoutVolatile } from './volatile-calls.js'
import { VolatileColumns } from './volatile-columns.js'
import { WindowAggregate } from './window-aggregate.js'
import { WindowJoin } from './window-join.js'
import { ofAlignedWindows } from './window-queries.js'
import { compileWindowRank } from './window-rank.js'
import { windowTableFlow } from './window-table.js'

/** What ends in the rows of an insert. */
export interface End {
  readonly insert: InsertNode
  readonly flow: Flow
  readonly rows: InputRows
  readonly inputs: Inputs
}

/** Makes flows of nodes, and collects the operators on the way, leaves first. */
export class DataflowCompiler {
  readonly operators: Operator[] = []
  readonly descriptions: OperatorDescription[] = []
  readonly states = new Map<string, OperatorState>()
  readonly meters = new Map<Operator, OperatorMeter>()
  /** Where in the script the statement of an operator, or of an insert, begins. */
  readonly lines = new Map<Operator | InsertNode, number | undefined>()
  /** Whose rows a flow gives. */
  private readonly producers = new Map<Flow, readonly Producer[]>()
  /** What the node that is compiled reads, as far as that is compiled. */
  private below: readonly Flow[] = []
  private readonly engine: Engine
  private readonly sources: PlanSources
  private readonly limits: OperatorLimits
  private inserts = 0
  /** Operators of each kind within the insert, for their names. */
  private counts = new Map<string, number>()

  constructor(engine: Engine, sources: PlanSources, limits: OperatorLimits) {
    this.engine = engine
    this.sources = sources
    this.limits = limits
  }

  async end(insert: InsertNode): Promise<End> {
    this.inserts++
    this.counts = new Map()
    // Whoever keeps only the latest row of each key has no use for the row before.
    const flow = await this.flow(insert.input, insert, tellsBefore(insert))
    const { fields } = insert.input
    const columns = [...fields.keys()]
    const rows = await InputRows.compile(this.engine, flow, columns, fields)
    for (const each of [insert, ...this.operators]) {
      if (!this.lines.has(each)) this.lines.set(each, insert.line)
    }
    return { insert, flow, rows, inputs: [this.producersOf(flow)] }
  }

  /** `needsBefore`: whether of a row that changes the row before has to be told. */
  private async flow(node: PlanNode, insert: InsertNode, needsBefore: boolean): Promise<Flow> {
    const siblings = this.below
    this.below = []
    const flow = await this.flowOf(node, insert, needsBefore)
    if (!this.producers.has(flow))
      this.producers.set(
        flow,
        this.below.flatMap((each) => this.producersOf(each)),
      )
    this.below = [...siblings, flow]
    return flow
  }

  private producersOf(flow: Flow): readonly Producer[] {
    return this.producers.get(flow) ?? []
  }

  private async flowOf(node: PlanNode, insert: InsertNode, needsBefore: boolean): Promise<Flow> {
    switch (node.kind) {
      case 'scan': {
        const source = this.sources.streamed.get(node.table.name)
        if (source === undefined) throw new RangeError(`no source ${node.table.name}`)
        const flow = needsBefore ? source.flow(node) : withoutBefore(source.flow(node))
        this.producers.set(flow, [source])
        return flow
      }
      case 'project': {
        const input = await this.flow(node.input, insert, needsBefore)
        const steady = await this.steady(node.input, node.expressions, input)
        return projectFlow({ ...node, expressions: steady.expressions }, steady.input)
      }
      case 'filter': {
        // A row that no longer passes has to be taken back.
        const input = await this.flow(node.input, insert, true)
        const { expressions, ...steady } = await this.steady(node.input, [node.condition], input)
        const [condition = node.condition] = expressions
        const kept = filterFlow({ ...node, condition }, steady.input)
        return steady.input === input ? kept : withColumns(kept, node.fields.length)
      }
      case 'expand':
        return expandFlow(node, await this.flow(node.input, insert, true))
      case 'normalize': {
        const input = await this.flow(node.input, insert, false)
        const of = this.named(insert, 'normalize', node)
        return this.add(of, await Normalize.compile({ ...of, input, needsBefore }))
      }
      case 'materialize': {
        const input = await this.flow(node.input, insert, true)
        const of = this.named(insert, 'materialize', node)
        return this.add(of, await UpsertMaterialize.compile({ ...of, input }))
      }
      case 'unnest':
        return unnestFlow(node, await this.flow(node.input, insert, true))
      case 'sessionTable':
        return this.flow(collectedRows(node), insert, true)
      case 'windowTable':
        // A row whose time changes has to be taken back from the windows it leaves.
        return windowTableFlow(node, await this.flow(node.input, insert, true))
      case 'union': {
        const inputs: Flow[] = []
        for (const each of node.inputs) inputs.push(await this.flow(each, insert, needsBefore))
        return unionFlow(inputs)
      }
      case 'join': {
        const left = await this.flow(node.left, insert, true)
        const right = await this.flow(node.right, insert, true)
        const of = this.named(insert, 'join', node)
        return this.add(of, await RegularJoin.compile({ ...of, left, right }))
      }
      case 'rank': {
        const input = await this.flow(node.input, insert, true)
        const of = this.named(insert, 'rank', node)
        return this.add(of, await Rank.compile({ ...of, input, needsBefore }))
      }
      case 'windowRank': {
        const input = await this.flow(node.input, insert, true)
        const of = this.named(insert, 'window', node)
        return this.add(of, await compileWindowRank({ ...of, input }))
      }
      case 'over': {
        const input = await this.flow(node.input, insert, true)
        const of = this.named(insert, 'over', node)
        return this.add(of, await OverAggregate.compile({ ...of, input }))
      }
      case 'match': {
        const input = await this.flow(node.input, insert, true)
        const of = this.named(insert, 'match', node)
        return this.add(of, await PatternMatching.compile({ ...of, input }))
      }
      case 'sort': {
        const input = await this.flow(node.input, insert, true)
        const of = this.named(insert, 'sort', node)
        return this.add(of, await EventTimeSort.compile({ ...of, input }))
      }
      case 'firstRow': {
        const input = await this.flow(node.input, insert, true)
        const of = this.named(insert, 'deduplication', node)
        return this.add(of, await FirstRow.compile({ ...of, input }))
      }
      case 'intervalJoin': {
        const left = await this.flow(node.left, insert, true)
        const right = await this.flow(node.right, insert, true)
        const of = this.named(insert, 'interval join', node)
        return this.add(of, await IntervalJoin.compile({ ...of, left, right }))
      }
      case 'windowJoin': {
        const left = await this.flow(node.left, insert, true)
        const right = await this.flow(node.right, insert, true)
        const of = this.named(insert, 'window join', node)
        return this.add(of, await WindowJoin.compile({ ...of, left, right }))
      }
      case 'temporalJoin': {
        const left = await this.flow(node.left, insert, true)
        // The row before a change ends where that after it begins.
        const right = await this.flow(node.right, insert, false)
        const of = this.named(insert, 'temporal join', node)
        return this.add(of, await TemporalJoin.compile({ ...of, left, right }))
      }
      case 'lookupJoin': {
        const left = await this.flow(node.left, insert, true)
        const right = lookedUpFlow(node.right, this.sources.lookedUp)
        const of = this.named(insert, 'lookup join', node)
        return this.add(of, await LookupJoin.compile({ ...of, left, right }))
      }
      case 'windowAggregate': {
        const given = await this.flow(node.input, insert, true)
        const of = this.named(insert, 'window', node)
        const { isProcessingTime } = node.window
        const input = isProcessingTime ? processingTimeFlow(given, this.engine) : given
        const windows = isOfSessions(of.node)
          ? await SessionAggregate.compile({ ...of, node: of.node, input })
          : await WindowAggregate.compile({ ...of, node: ofAlignedWindows(of.node), input })
        return this.add(of, isProcessingTime ? new ProcessingTimeWindows(windows) : windows)
      }
      case 'groupAggregate': {
        const input = await this.flow(node.input, insert, true)
        const of = this.named(insert, 'group', node)
        return this.add(of, await GroupAggregate.compile({ ...of, input, needsBefore }))
      }
    }
  }

  /** Calls of which each row has a value for good become columns of the input. */
  private async steady(
    below: PlanNode,
    given: readonly Expression[],
    input: Flow,
  ): Promise<{ input: Flow; expressions: readonly Expression[] }> {
    const { calls, expressions } = withoutVolatile(given, below.fields.length)
    if (calls.length === 0) return { input, expressions }
    const relation = `volatile_${this.operators.length}`
    const { engine } = this
    const { fields } = below
    const operator = await VolatileColumns.compile({ engine, relation, fields, calls, input })
    this.operators.push(operator)
    return { input: operator.flow, expressions }
  }

  private add(of: Named<PlanNode>, operator: Operator): Flow {
    this.operators.push(operator)
    const states = statesOf(of, operator)
    for (const [name, state] of states) this.states.set(name, state)
    // What keeps nothing may come and go.
    if (states.size > 0) this.descriptions.push(describedOperator(of, states))
    const meter = new OperatorMeter({
      ...{ name: of.name, operator, states: [...states.values()] },
      inputs: this.below.map((each) => this.producersOf(each)),
    })
    this.meters.set(operator, meter)
    this.producers.set(operator.flow, [meter])
    return operator.flow
  }

  /**
   * What an operator is made of: the name that people know it by, the start of its relations'
   * names, and its node, with columns named by what they mean, as its state has them.
   */
  private named<Node extends PlanNode>(insert: InsertNode, kind: string, node: Node): Named<Node> {
    const count = (this.counts.get(kind) ?? 0) + 1
    this.counts.set(kind, count)
    const name = `insert ${this.inserts} into ${insert.table.name}, ${kind} ${count}`
    const relation = `${kind.replace(' ', '_')}_${this.inserts - 1}_${count - 1}`
    const { engine, limits } = this
    const ttlMs = ttlOf(node, insert)
    const ttls = node.kind === 'join' ? ttlsOfJoin(node, insert) : {}
    const of = { engine, limits, name, relation, insert, node: meant(node), ttls }
    return ttlMs === undefined ? of : { ...of, ttlMs }
  }
}

interface Named<Node extends PlanNode> extends DescribedNode {
  readonly engine: Engine
  readonly limits: OperatorLimits
  readonly relation: string
  readonly node: Node
  /** Where its rows are forgotten so long after they were written. */
  readonly ttlMs?: number
  /** Of a join, for each side. */
  readonly ttls: Ttls
}

interface Ttls {
  readonly left?: number
  readonly right?: number
}

/** What a hint says, or what all queries have; 0 is for ever. */
function ttlOf(node: PlanNode, insert: InsertNode): number | undefined {
  const hinted = node.kind === 'groupAggregate' ? node.stateTtlMs : undefined
  const ttlMs = hinted ?? (isForgotten(node) ? insert.stateTtlMs : undefined)
  return ttlMs === 0 ? undefined : ttlMs
}

function ttlsOfJoin({ stateTtlMs = {} }: JoinNode, insert: InsertNode): Ttls {
  const [left, right] = [stateTtlMs.left, stateTtlMs.right].map((hinted) => {
    const ttlMs = hinted ?? insert.stateTtlMs
    return ttlMs === 0 ? undefined : ttlMs
  })
  return { ...(left !== undefined && { left }), ...(right !== undefined && { right }) }
}

/** Of the others event time says when a row is not needed any more. */
function isForgotten({ kind }: PlanNode): boolean {
  return ['groupAggregate', 'join', 'rank', 'firstRow', 'normalize', 'materialize'].includes(kind)
}

function statesOf(
  { node, ttlMs, ttls }: Named<PlanNode>,
  { states }: Operator,
): ReadonlyMap<string, OperatorState> {
  return new Map(
    [...states].map(([name, state], index) => {
      // The states of a join are its left side, then its right.
      const ofState = node.kind === 'join' ? [ttls.left, ttls.right][index] : ttlMs
      const isForgetful = ofState !== undefined && state instanceof KeyedTable
      return [name, isForgetful ? new ExpiringTable(state, ofState) : state]
    }),
  )
}
