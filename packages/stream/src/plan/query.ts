import {
  type CreateView,
  type ExpressionNode,
  type Name,
  notSupported,
  type Query,
  type QueryBody,
  type Select,
  type SelectItem,
  type Span,
  SqlError,
} from '../sql/index.js'
import { holdsOver } from './aggregate-calls.js'
import type { Catalogue, DeclaredView } from './catalogue.js'
import { ExpressionResolver } from './expression-resolver.js'
import { filtered } from './filter.js'
import { type CommonTables, FromPlanner, type SelectScope } from './from.js'
import { withGroupWindow } from './group-window.js'
import { distinctRows, isGrouped, planGrouping } from './grouping.js'
import { adviceIn, stateTtlHints } from './hints.js'
import { retriedLookups } from './lookup-hint.js'
import { planOrderAndLimit, withUnselectedOrder } from './order-limit.js'
import { planOver } from './over.js'
import { expandItems, project, refuseUntypedNulls, withColumnNames } from './projection.js'
import { boundRank } from './rank.js'
import { conjunctionOf } from './rewrite-expression.js'
import { type WithValues, withQueryValues } from './scalar-subquery.js'
import type { Relation } from './scope.js'
import { planSetOperation } from './set-operation.js'
import { assigned, settled } from './settled.js'
import { StateTtls } from './state-ttl.js'
import { membershipTestOf, planMembership, type QueryPlanners, testedQuery } from './subquery.js'
import { tableNamesIn } from './table-names.js'
import { planValues } from './values.js'
import { holdsQuery } from './where-in-joins.js'
import { withAssignedWindows } from './window-function.js'
import { computesWithWindow } from './window-reader.js'

/** Turns queries over the tables and views of a catalogue into plans. */
export class QueryPlanner {
  readonly #catalogue: Catalogue
  readonly #advice = new Set<string>()
  /** Views that are being planned, one within another. */
  readonly #views = new Set<CreateView>()
  readonly #from: FromPlanner

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
    this.#from = new FromPlanner(catalogue, {
      query: (query, tables) => this.#query(query, tables),
      view: (view, name) => this.planView(view, name),
      plannersAt: (at, scope) => this.#plannersAt(at, scope),
    })
  }

  /**
   * The plan of a query, and the names of its columns.
   * @throws SqlError for what is wrong in it, or not supported yet.
   */
  plan(query: Query): Relation {
    return this.#query(query, new Map(), false)
  }

  /** The hints without effect that were met since this was asked before. */
  takeAdvice(): string[] {
    const names = [...this.#advice]
    this.#advice.clear()
    return names
  }

  /** The same for a query whose rows go to a sink. */
  planWhole(query: Query): Relation {
    return settled(this.plan(query), query.at)
  }

  /** The plan of a query whose columns are read by name, as a view's are. */
  planNamed(query: Query, columns: readonly Name[], at: Name): Relation {
    return withColumnNames(this.plan(query), columns, at)
  }

  /** The plan of a view's query, with the names that it had where the view was declared. */
  planView({ statement, within }: DeclaredView, at: Name): Relation {
    const { catalogs } = this.#catalogue
    if (this.#views.has(statement)) {
      throw new SqlError(`the view \`${at.text}\` reads itself`, at.at, 'give the new one a name')
    }
    this.#views.add(statement)
    try {
      return catalogs.within(within, () => this.planNamed(statement.query, statement.columns, at))
    } finally {
      this.#views.delete(statement)
    }
  }

  #query(query: Query, outer: CommonTables, isWithin = true): Relation {
    const tables = new Map(outer)
    for (const common of query.with) {
      const relation = withColumnNames(
        this.#query(common.query, tables),
        common.columns,
        common.name,
      )
      tables.set(common.name.text, relation)
    }
    const body = this.#body(query.body, tables)
    if (query.limit === undefined && query.offset === undefined && query.orderBy.length === 0) {
      return body
    }
    const { body: widened, orderBy } = withUnselectedOrder(query, body)
    const ordered = widened === query.body ? body : this.#body(widened, tables)
    const rows = withAssignedWindows(settled(ordered, query.body.at), query.body.at)
    refuseUntypedNulls(rows)
    const { node, columns } = planOrderAndLimit({ ...query, orderBy }, rows, isWithin)
    return { node, columns: columns.slice(0, body.columns.length) }
  }

  #body(body: QueryBody, tables: CommonTables): Relation {
    switch (body.kind) {
      case 'query':
        return this.#query(body, tables)
      case 'select':
        return this.#select(body, tables)
      case 'setOperation':
        return planSetOperation(
          body,
          settled(this.#body(body.left, tables), body.left.at),
          settled(this.#body(body.right, tables), body.right.at),
        )
      case 'values':
        return planValues(body)
    }
  }

  #select(select: Select, tables: CommonTables): Relation {
    const hints = stateTtlHints(select.hints)
    const ttls = new StateTtls(hints, select.from)
    const relation = this.#selected(select, { tables, ttls, retries: retriedLookups(select.hints) })
    ttls.checkUsed()
    return relation
  }

  #selected(select: Select, scope: SelectScope): Relation {
    refuseUnsupported(select)
    for (const name of adviceIn(select.hints, tableNamesIn(select.from))) this.#advice.add(name)
    const { from = { at: select.at } } = select
    const { table, rest } = this.#from.plan(select, scope)
    const isGrouping = isGrouped(select)
    const windowed = computesWithWindow(select, table, isGrouping)
    const given = this.#where(windowed ? withAssignedWindows(table, from.at) : table, rest, scope)
    const { rows, select: grouping } = withGroupWindow(select, given)
    if (grouping !== select) return this.#grouped(grouping, settled(rows, from.at), scope)
    const isLast = isGrouping || select.distinct || select.items.some(hasOver)
    const input = isLast ? settled(rows, from.at) : rows
    if (isGrouping) return this.#grouped(select, input, scope)
    const nodes = select.items.map(({ expression }) => expression)
    const { relation, values } = this.#withValues(input, nodes, false, scope)
    const resolver = (clause: string) =>
      new ExpressionResolver(relation, clause).knowing(values, [])
    const over = planOver(select, relation, resolver, false)
    const items = expandItems(select, relation)
    const selected = distinctIf(select, project(over.relation, items, over.resolver))
    return select.distinct ? withGroupTtl(selected, select, scope) : selected
  }

  /** The groups of a query with GROUP BY or an aggregate. */
  #grouped(select: Select, input: Relation, scope: SelectScope): Relation {
    const star = select.items.find(({ expression }) => expression.kind === 'star')
    if (star !== undefined) {
      throw new SqlError(
        '* stands for columns that are not grouped by',
        star.expression.at,
        'name the columns of GROUP BY and the aggregates',
      )
    }
    const grouping = planGrouping(select, input)
    const groups = withGroupTtl(grouping.groups, select, scope)
    const having = this.#having(groups, select, grouping.resolver, scope)
    const selecting = select.items.map(({ expression }) => expression)
    const { relation: grouped, values } = this.#withValues(having, selecting, false, scope, () =>
      grouping.resolver('SELECT'),
    )
    const resolver = (clause: string) => grouping.resolver(clause).knowing(values, [])
    const items = select.items.map(({ expression, alias }, index) => {
      const column =
        expression.kind === 'column' ? groupedColumn(groups, expression.path) : undefined
      const field = expression.kind === 'column' ? expression.path.at(-1)?.text : undefined
      const name = alias?.text ?? column?.name ?? field ?? `EXPR$${index}`
      return { node: expression, name, ...(column && { column }) }
    })
    const over = planOver(select, grouped, resolver, true)
    return distinctIf(select, project(over.relation, items, over.resolver))
  }

  /** The groups for which HAVING holds. */
  #having(
    groups: Relation,
    { having }: Select,
    resolver: (clause: string) => ExpressionResolver,
    scope: SelectScope,
  ): Relation {
    if (having === undefined) return groups
    const own = () => resolver('HAVING')
    const { relation, values } = this.#withValues(groups, [having], true, scope, own)
    return filtered(relation, own().knowing(values, []).resolveCondition(having))
  }

  /** What WHERE asks of each row, and then what it asks of other rows. */
  #where(input: Relation, conditions: readonly ExpressionNode[], scope: SelectScope): Relation {
    const tests = conditions.flatMap((condition) => membershipTestOf(condition) ?? [])
    const others = conditions.filter((condition) => membershipTestOf(condition) === undefined)
    const own = others.filter((condition) => !holdsQuery(condition))
    const compared = others.filter(holdsQuery)
    const rows = this.#compared(ownFiltered(input, own), compared, scope)
    return tests.reduce((outer, test) => {
      const { at } = test.node
      const tested = testedQuery(test.node, this.#plannersAt(at, scope))
      return planMembership(assigned(outer, at), test, tested)
    }, rows)
  }

  /** What plans the queries that stand within an expression. */
  #plannersAt(at: Span, scope: SelectScope): QueryPlanners {
    return {
      planQuery: (query) => assigned(this.#query(query, scope.tables), at),
      planRows: (from, where) => {
        const { table, rest } = this.#from.joined(from, where, scope)
        return assigned(this.#where(table, rest, scope), at)
      },
    }
  }

  /** The rows for which conditions hold that compare with what other queries give. */
  #compared(rows: Relation, conditions: readonly ExpressionNode[], scope: SelectScope): Relation {
    const { relation, values } = this.#withValues(rows, conditions, true, scope)
    const resolver = new ExpressionResolver(relation, 'WHERE').knowing(values, [])
    const condition = conjunctionOf(conditions.map((each) => resolver.resolveCondition(each)))
    return condition === undefined ? relation : filtered(relation, condition)
  }

  #withValues(
    rows: Relation,
    nodes: readonly ExpressionNode[],
    isCondition: boolean,
    scope: SelectScope,
    resolver?: () => ExpressionResolver,
  ): WithValues {
    const [first] = nodes.filter(holdsQuery)
    if (first === undefined) return { relation: rows, values: new Map() }
    const planners = this.#plannersAt(first.at, scope)
    return withQueryValues(assigned(rows, first.at), nodes, isCondition, planners, resolver)
  }
}

/** Groups that are kept as long as a hint says. */
function withGroupTtl(groups: Relation, { from }: Select, { ttls }: SelectScope): Relation {
  return { ...groups, node: ttls.ofGroups(groups.node, from) }
}

/** The rows of which conditions hold that ask nothing of other rows. */
function ownFiltered(input: Relation, conditions: readonly ExpressionNode[]): Relation {
  const [first] = conditions
  if (first === undefined) return input
  const resolver = new ExpressionResolver(input, 'WHERE')
  const resolved = conjunctionOf(conditions.map((each) => resolver.resolveCondition(each)))
  if (resolved === undefined) return input
  const { input: node, condition } = boundRank(input.node, resolved, first.at)
  const ranked = { ...input, node }
  return condition === undefined ? ranked : filtered(ranked, condition)
}

function hasOver({ expression }: SelectItem): boolean {
  return holdsOver(expression)
}

function distinctIf({ distinct }: Select, relation: Relation): Relation {
  if (!distinct) return relation
  refuseUntypedNulls(relation)
  return distinctRows(relation)
}

function groupedColumn(groups: Relation, path: readonly Name[]) {
  const [first, second] = path
  return groups.columns.find(({ name, relation }) =>
    second === undefined ? name === first?.text : relation === first?.text && name === second.text,
  )
}

function refuseUnsupported(select: Select): void {
  if (select.qualify !== undefined) {
    throw notSupported('QUALIFY', select.qualify.at, 'filter in a query above')
  }
}
