import {
  type CreateView,
  type DerivedTable,
  type ExpressionNode,
  type Join,
  lastOf,
  type Name,
  notSupported,
  type Query,
  type QueryBody,
  type Select,
  type SelectItem,
  type Span,
  SqlError,
  type TableArgumentNode,
  type TableExpression,
  type TableName,
} from '../sql/index.js'
import { holdsOver } from './aggregate-calls.js'
import type { Catalogue, DeclaredView } from './catalogue.js'
import { checkIsRead } from './connector.js'
import type { Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { withGroupWindow } from './group-window.js'
import { distinctRows, isGrouped, planGrouping } from './grouping.js'
import { adviceIn, refuseHints, refuseHintsOfQuery, stateTtlHints, withHints } from './hints.js'
import { planJoin } from './join.js'
import { planLateral } from './lateral.js'
import { retriedLookups } from './lookup-hint.js'
import { planMatchRecognize } from './match-recognize.js'
import type { FilterNode, NormalizeNode, ScanNode } from './node.js'
import { planOrderAndLimit, withUnselectedOrder } from './order-limit.js'
import { planOver } from './over.js'
import { isProcessingTime } from './processing-time.js'
import { expandItems, project, refuseUntypedNulls } from './projection.js'
import { boundRank, settleRanks } from './rank.js'
import { conjunctionOf } from './rewrite-expression.js'
import { type WithValues, withQueryValues } from './scalar-subquery.js'
import { type Relation, relationOf, renamed, type ScopeColumn } from './scope.js'
import { planSetOperation } from './set-operation.js'
import { sourceChangelogOf } from './source-changelog.js'
import { StateTtls } from './state-ttl.js'
import { membershipTestOf, planMembership, type QueryPlanners, testedQuery } from './subquery.js'
import type { TableDefinition } from './table.js'
import { tableNamesIn } from './table-names.js'
import { planTemporalJoin } from './temporal-join.js'
import { planUnnest, unnested } from './unnest.js'
import { oneRow, planValues } from './values.js'
import { holdsQuery, isOver, takesConditions, writtenConjuncts } from './where-in-joins.js'
import { planWindowFunction, withAssignedSessions, withAssignedWindows } from './window-function.js'
import { computesWithWindow } from './window-reader.js'

/** Names that WITH clauses give, and what they stand for. */
type CommonTables = ReadonlyMap<string, Relation>

/** Turns queries over the tables and views of a catalogue into plans. */
export class QueryPlanner {
  readonly #catalogue: Catalogue
  readonly #advice = new Set<string>()
  /** Views that are being planned, one within another. */
  readonly #views = new Set<CreateView>()
  /** Of the SELECT that is being planned. */
  #ttls = new StateTtls([], undefined)
  #retries: ReadonlyMap<string, Span> = new Map()

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
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
    const [outer, outerRetries] = [this.#ttls, this.#retries]
    this.#ttls = new StateTtls(hints, select.from)
    this.#retries = retriedLookups(select.hints)
    try {
      const relation = this.#selected(select, tables)
      this.#ttls.checkUsed()
      return relation
    } finally {
      this.#ttls = outer
      this.#retries = outerRetries
    }
  }

  #selected(select: Select, tables: CommonTables): Relation {
    refuseUnsupported(select)
    for (const name of adviceIn(select.hints, tableNamesIn(select.from))) this.#advice.add(name)
    const { from = { at: select.at } } = select
    const { table, rest } = this.#from(select, tables)
    const isGrouping = isGrouped(select)
    const windowed = computesWithWindow(select, table, isGrouping)
    const given = this.#where(windowed ? withAssignedWindows(table, from.at) : table, rest, tables)
    const { rows, select: grouping } = withGroupWindow(select, given)
    if (grouping !== select) return this.#grouped(grouping, settled(rows, from.at), tables)
    const isLast = isGrouping || select.distinct || select.items.some(hasOver)
    const input = isLast ? settled(rows, from.at) : rows
    if (isGrouping) return this.#grouped(select, input, tables)
    const nodes = select.items.map(({ expression }) => expression)
    const { relation, values } = this.#withValues(input, nodes, false, tables)
    const resolver = (clause: string) =>
      new ExpressionResolver(relation, clause).knowing(values, [])
    const over = planOver(select, relation, resolver, false)
    const items = expandItems(select, relation)
    const selected = distinctIf(select, project(over.relation, items, over.resolver))
    return select.distinct ? this.#withGroupTtl(selected, select) : selected
  }

  /** The groups of a query with GROUP BY or an aggregate. */
  #grouped(select: Select, input: Relation, tables: CommonTables): Relation {
    const star = select.items.find(({ expression }) => expression.kind === 'star')
    if (star !== undefined) {
      throw new SqlError(
        '* stands for columns that are not grouped by',
        star.expression.at,
        'name the columns of GROUP BY and the aggregates',
      )
    }
    const grouping = planGrouping(select, input)
    const groups = this.#withGroupTtl(grouping.groups, select)
    const having = this.#having(groups, select, grouping.resolver, tables)
    const selecting = select.items.map(({ expression }) => expression)
    const { relation: grouped, values } = this.#withValues(having, selecting, false, tables, () =>
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
    tables: CommonTables,
  ): Relation {
    if (having === undefined) return groups
    const own = () => resolver('HAVING')
    const { relation, values } = this.#withValues(groups, [having], true, tables, own)
    return filtered(relation, own().knowing(values, []).resolveCondition(having))
  }

  /**
   * What stands in FROM, and what of WHERE remains to be done: a condition of WHERE is one of the
   * lowest inner join that has all of its columns.
   */
  #from(
    { from, where }: Select,
    tables: CommonTables,
  ): { table: Relation; rest: readonly ExpressionNode[] } {
    const table = from === undefined ? oneRow() : this.#table(from, tables)
    if (where === undefined) return { table, rest: [] }
    const conditions = writtenConjuncts(where)
    if (from?.kind !== 'join') {
      return { table, rest: conditions.some(holdsQuery) ? conditions : [where] }
    }
    // Over all of FROM, so that what is wrong in it is said of the whole.
    const resolver = new ExpressionResolver(table, 'WHERE')
    for (const each of conditions) if (!holdsQuery(each)) resolver.resolveCondition(each)
    return this.#joined(from, conditions, tables)
  }

  #joined(
    from: TableExpression,
    conditions: readonly ExpressionNode[],
    tables: CommonTables,
  ): { table: Relation; rest: readonly ExpressionNode[] } {
    if (from.kind !== 'join' || !takesConditions(from) || isOfEachRow(from)) {
      return { table: this.#table(from, tables), rest: conditions }
    }
    const left = this.#joined(from.left, conditions, tables)
    const right = this.#joined(from.right, left.rest, tables)
    const sides = [settled(left.table, from.left.at), settled(right.table, from.right.at)] as const
    const own = right.rest.filter((condition) => isOver(condition, sides))
    const rest = right.rest.filter((condition) => !own.includes(condition))
    return { table: this.#join(from, ...sides, own), rest }
  }

  #join(
    join: Join,
    left: Relation,
    right: Relation,
    conditions: readonly ExpressionNode[] = [],
  ): Relation {
    const joined = planJoin(join, left, right, conditions)
    return { ...joined, node: this.#ttls.ofJoin(joined.node, join) }
  }

  #withGroupTtl(groups: Relation, { from }: Select): Relation {
    return { ...groups, node: this.#ttls.ofGroups(groups.node, from) }
  }

  /** What WHERE asks of each row, and then what it asks of other rows. */
  #where(input: Relation, conditions: readonly ExpressionNode[], tables: CommonTables): Relation {
    const tests = conditions.flatMap((condition) => membershipTestOf(condition) ?? [])
    const others = conditions.filter((condition) => membershipTestOf(condition) === undefined)
    const own = others.filter((condition) => !holdsQuery(condition))
    const compared = others.filter(holdsQuery)
    const rows = this.#compared(this.#filter(input, own), compared, tables)
    return tests.reduce((outer, test) => {
      const { at } = test.node
      const tested = testedQuery(test.node, this.#plannersAt(at, tables))
      return planMembership(assigned(outer, at), test, tested)
    }, rows)
  }

  /** What plans the queries that stand within an expression. */
  #plannersAt(at: Span, tables: CommonTables): QueryPlanners {
    return {
      planQuery: (query) => assigned(this.#query(query, tables), at),
      planRows: (from, where) => {
        const { table, rest } = this.#joined(from, where, tables)
        return assigned(this.#where(table, rest, tables), at)
      },
    }
  }

  /** The rows for which conditions hold that compare with what other queries give. */
  #compared(rows: Relation, conditions: readonly ExpressionNode[], tables: CommonTables): Relation {
    const { relation, values } = this.#withValues(rows, conditions, true, tables)
    const resolver = new ExpressionResolver(relation, 'WHERE').knowing(values, [])
    const condition = conjunctionOf(conditions.map((each) => resolver.resolveCondition(each)))
    return condition === undefined ? relation : filtered(relation, condition)
  }

  #withValues(
    rows: Relation,
    nodes: readonly ExpressionNode[],
    isCondition: boolean,
    tables: CommonTables,
    resolver?: () => ExpressionResolver,
  ): WithValues {
    const [first] = nodes.filter(holdsQuery)
    if (first === undefined) return { relation: rows, values: new Map() }
    const planners = this.#plannersAt(first.at, tables)
    return withQueryValues(assigned(rows, first.at), nodes, isCondition, planners, resolver)
  }

  #filter(input: Relation, conditions: readonly ExpressionNode[]): Relation {
    const [first] = conditions
    if (first === undefined) return input
    const resolver = new ExpressionResolver(input, 'WHERE')
    const resolved = conjunctionOf(conditions.map((each) => resolver.resolveCondition(each)))
    if (resolved === undefined) return input
    const { input: node, condition } = boundRank(input.node, resolved, first.at)
    const ranked = { ...input, node }
    return condition === undefined ? ranked : filtered(ranked, condition)
  }

  #table(table: TableExpression, tables: CommonTables): Relation {
    switch (table.kind) {
      case 'tableName': {
        const { alias } = table
        if (alias === undefined) return this.#namedTable(table, tables)
        const relation = this.#namedTable(table, tables)
        return renamed(withColumnNames(relation, alias.columns, alias.name), alias.name.text)
      }
      case 'derivedTable': {
        const relation = this.#query(table.query, tables)
        refuseUntypedNulls(relation)
        const { alias } = table
        if (alias === undefined) return relation
        return renamed(withColumnNames(relation, alias.columns, alias.name), alias.name.text)
      }
      case 'tableFunction': {
        const relation = planWindowFunction(table, (argument) => this.#argument(argument, tables))
        const { alias } = table
        if (alias === undefined) return relation
        return renamed(withColumnNames(relation, alias.columns, alias.name), alias.name.text)
      }
      case 'matchRecognize': {
        const rows = withAssignedWindows(this.#table(table.table, tables), table.at)
        refuseUntypedNulls(rows)
        const relation = planMatchRecognize(table, settled(rows, table.at))
        const { alias } = table
        if (alias === undefined) return relation
        return renamed(withColumnNames(relation, alias.columns, alias.name), alias.name.text)
      }
      case 'join':
        if (table.right.kind === 'unnest') {
          // A row without elements goes; of a session it is all the same.
          const { at } = table.left
          const left = withAssignedSessions(this.#table(table.left, tables), at)
          return planUnnest(table, table.right, settled(left, at))
        }
        if (isTemporal(table)) return this.#temporalJoin(table, tables)
        if (isLateral(table)) {
          const { at } = table.right
          const left = assigned(this.#table(table.left, tables), table.left.at)
          const joined = planLateral(table, table.right, left, this.#plannersAt(at, tables))
          if (joined !== undefined) return joined
        }
        return this.#join(
          table,
          settled(this.#table(table.left, tables), table.left.at),
          settled(this.#table(table.right, tables), table.right.at),
        )
      case 'unnest':
        return unnested(table, oneRow(), false)
    }
  }

  #temporalJoin(join: Join, tables: CommonTables): Relation {
    const { left, right } = join
    if (right.kind !== 'tableName' || right.asOf === undefined) throw new Error('no time is given')
    const { asOf, ...versioned } = right
    return planTemporalJoin(
      join,
      settled(withAssignedWindows(this.#table(left, tables), left.at), left.at),
      settled(this.#table(versioned, tables), right.at),
      asOf,
      this.#retries.get(right.alias?.name.text ?? lastOf(right.path).text),
    )
  }

  #argument(argument: TableArgumentNode, tables: CommonTables): Relation {
    return settled(this.#table(argument.table, tables), argument.at)
  }

  #namedTable(node: TableName, tables: CommonTables): Relation {
    if (node.asOf !== undefined) {
      throw notSupported(
        'FOR SYSTEM_TIME AS OF, but on the right of a join,',
        node.asOf.at,
        'read the table as it is',
      )
    }
    const [first, second] = node.path
    const common = first === undefined || second !== undefined ? undefined : tables.get(first.text)
    if (common !== undefined && first !== undefined) {
      refuseHintsOfQuery(node.hints)
      return renamed(common, first.text)
    }
    const found = this.#catalogue.expect(node.path)
    const name = lastOf(node.path)
    refuseHints(found, node.hints)
    if (found.kind === 'view') {
      return renamed(this.planView(found, name), name.text, found.place)
    }
    checkIsRead(found.table, node.at)
    const table = withHints(found, node.hints, this.#catalogue.defaults)
    return renamed(tableRelation(table), name.text, found.place)
  }
}

/** The relation, which must not hold a ranking that nothing bounds: no condition comes any more. */
function settled(relation: Relation, at: Span): Relation {
  return { ...relation, node: settleRanks(relation.node, at) }
}

/** A relation whose windows are columns like any other. */
function assigned(relation: Relation, at: Span): Relation {
  return settled(withAssignedWindows(relation, at), at)
}

function hasOver({ expression }: SelectItem): boolean {
  return holdsOver(expression)
}

function isTemporal({ right }: Join): boolean {
  return right.kind === 'tableName' && right.asOf !== undefined
}

/** Is the right of a join no relation of its own, but what is found for each row of the left? */
function isOfEachRow(join: Join): boolean {
  return join.right.kind === 'unnest' || isTemporal(join) || isLateral(join)
}

function isLateral(join: Join): join is Join & { readonly right: DerivedTable } {
  return join.right.kind === 'derivedTable' && join.right.lateral
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

function tableRelation(table: TableDefinition): Relation {
  const scan = scanOf(table)
  const { columns } = relationOf(scan, table.columns, table.watermark?.column)
  return {
    node: sourceChangelogOf(table) === 'upsert' ? latestByKey(scan) : scan,
    columns: columns.map((column, index): ScopeColumn => {
      const { expression, hidden } = table.columns[index] ?? {}
      const isTime = expression !== undefined && isProcessingTime(expression)
      return { ...column, ...(isTime && { proctime: true }), ...(hidden && { hidden }) }
    }),
  }
}

function latestByKey(scan: ScanNode): NormalizeNode {
  const { fields, table } = scan
  const keys = table.primaryKey.map((name) => fields.findIndex((field) => field.name === name))
  return { kind: 'normalize', input: scan, keys, fields }
}

/** All columns of a table, computed ones too; the optimizer leaves out what is not needed. */
function scanOf(table: TableDefinition): ScanNode {
  const fields = table.columns.map(({ name, type }) => ({ name, type }))
  const { watermark } = table
  if (watermark === undefined) return { kind: 'scan', table, fields }
  const column = fields.findIndex(({ name }) => name === watermark.column)
  return { kind: 'scan', table, fields, watermark: { column, delayMs: watermark.delayMs } }
}

function filtered(input: Relation, condition: Expression): Relation {
  const node: FilterNode = {
    kind: 'filter',
    input: input.node,
    condition,
    fields: input.node.fields,
  }
  return { ...input, node }
}

function refuseUnsupported(select: Select): void {
  if (select.qualify !== undefined) {
    throw notSupported('QUALIFY', select.qualify.at, 'filter in a query above')
  }
}

function withColumnNames(relation: Relation, names: readonly Name[], at: Name): Relation {
  refuseUntypedNulls(relation)
  if (names.length === 0) return relation
  const seen = relation.columns.filter(({ hidden }) => hidden !== true)
  if (names.length !== seen.length) {
    throw new SqlError(
      `\`${at.text}\` names ${names.length} columns, but its query has ${seen.length}`,
      at.at,
      'name each column once',
    )
  }
  const columns = relation.columns.map((column) => ({
    ...column,
    name: names[seen.indexOf(column)]?.text ?? column.name,
  }))
  return { ...relation, columns }
}
