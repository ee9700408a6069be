import {
  type DerivedTable,
  type ExpressionNode,
  type Join,
  lastOf,
  type Name,
  notSupported,
  type Query,
  type Select,
  type Span,
  type TableAlias,
  type TableExpression,
  type TableName,
} from '../sql/index.js'
import type { Catalogue, DeclaredView } from './catalogue.js'
import { checkIsRead } from './connector.js'
import { ExpressionResolver } from './expression-resolver.js'
import { refuseHints, refuseHintsOfQuery, withHints } from './hints.js'
import { planJoin } from './join.js'
import { planLateral } from './lateral.js'
import { planMatchRecognize } from './match-recognize.js'
import { refuseUntypedNulls, withColumnNames } from './projection.js'
import { type Relation, renamed } from './scope.js'
import { assigned, settled } from './settled.js'
import type { StateTtls } from './state-ttl.js'
import type { QueryPlanners } from './subquery.js'
import { tableRelation } from './table-scan.js'
import { planTemporalJoin } from './temporal-join.js'
import { planUnnest, unnested } from './unnest.js'
import { oneRow } from './values.js'
import { holdsQuery, isOver, takesConditions, writtenConjuncts } from './where-in-joins.js'
import { planWindowFunction, withAssignedSessions, withAssignedWindows } from './window-function.js'

/** Names that WITH clauses give, and what they stand for. */
export type CommonTables = ReadonlyMap<string, Relation>

/** What is known in one SELECT: the names around it, and what its hints say. */
export interface SelectScope {
  readonly tables: CommonTables
  readonly ttls: StateTtls
  /** By the names of tables that are looked up. */
  readonly retries: ReadonlyMap<string, Span>
}

/** What plans the queries that FROM reads, and those within its conditions. */
export interface FromQueries {
  query(query: Query, tables: CommonTables): Relation
  view(view: DeclaredView, name: Name): Relation
  plannersAt(at: Span, scope: SelectScope): QueryPlanners
}

/** A relation, and what of the conditions over it remains to be done. */
export interface JoinedTables {
  readonly table: Relation
  readonly rest: readonly ExpressionNode[]
}

/** Turns what stands in FROM into relations. */
export class FromPlanner {
  readonly #catalogue: Catalogue
  readonly #queries: FromQueries

  constructor(catalogue: Catalogue, queries: FromQueries) {
    this.#catalogue = catalogue
    this.#queries = queries
  }

  /** A condition of WHERE is done in the lowest inner join that has all of its columns. */
  plan({ from, where }: Select, scope: SelectScope): JoinedTables {
    const table = from === undefined ? oneRow() : this.#table(from, scope)
    if (where === undefined) return { table, rest: [] }
    const conditions = writtenConjuncts(where)
    if (from?.kind !== 'join') {
      return { table, rest: conditions.some(holdsQuery) ? conditions : [where] }
    }
    // Over all of FROM, so that what is wrong in it is said of the whole.
    const resolver = new ExpressionResolver(table, 'WHERE')
    for (const each of conditions) if (!holdsQuery(each)) resolver.resolveCondition(each)
    return this.joined(from, conditions, scope)
  }

  /** The same of conditions that were resolved before. */
  joined(
    from: TableExpression,
    conditions: readonly ExpressionNode[],
    scope: SelectScope,
  ): JoinedTables {
    if (from.kind !== 'join' || !takesConditions(from) || isOfEachRow(from)) {
      return { table: this.#table(from, scope), rest: conditions }
    }
    const left = this.joined(from.left, conditions, scope)
    const right = this.joined(from.right, left.rest, scope)
    const sides = [settled(left.table, from.left.at), settled(right.table, from.right.at)] as const
    const own = right.rest.filter((condition) => isOver(condition, sides))
    const rest = right.rest.filter((condition) => !own.includes(condition))
    return { table: joinOf(from, ...sides, scope, own), rest }
  }

  #table(table: TableExpression, scope: SelectScope): Relation {
    switch (table.kind) {
      case 'tableName':
        return aliased(this.#namedTable(table, scope.tables), table.alias)
      case 'derivedTable': {
        const relation = this.#queries.query(table.query, scope.tables)
        refuseUntypedNulls(relation)
        return aliased(relation, table.alias)
      }
      case 'tableFunction': {
        const relation = planWindowFunction(table, (argument) =>
          settled(this.#table(argument.table, scope), argument.at),
        )
        return aliased(relation, table.alias)
      }
      case 'matchRecognize': {
        const rows = withAssignedWindows(this.#table(table.table, scope), table.at)
        refuseUntypedNulls(rows)
        return aliased(planMatchRecognize(table, settled(rows, table.at)), table.alias)
      }
      case 'join':
        return this.#join(table, scope)
      case 'unnest':
        return unnested(table, oneRow(), false)
    }
  }

  #join(join: Join, scope: SelectScope): Relation {
    if (join.right.kind === 'unnest') {
      // A row without elements goes; of a session it is all the same.
      const { at } = join.left
      const left = withAssignedSessions(this.#table(join.left, scope), at)
      return planUnnest(join, join.right, settled(left, at))
    }
    if (isTemporal(join)) return this.#temporalJoin(join, scope)
    if (isLateral(join)) {
      const left = assigned(this.#table(join.left, scope), join.left.at)
      const planners = this.#queries.plannersAt(join.right.at, scope)
      const joined = planLateral(join, join.right, left, planners)
      if (joined !== undefined) return joined
    }
    return joinOf(
      join,
      settled(this.#table(join.left, scope), join.left.at),
      settled(this.#table(join.right, scope), join.right.at),
      scope,
    )
  }

  #temporalJoin(join: Join, scope: SelectScope): Relation {
    const { left, right } = join
    if (right.kind !== 'tableName' || right.asOf === undefined) throw new Error('no time is given')
    const { asOf, ...versioned } = right
    return planTemporalJoin(
      join,
      assigned(this.#table(left, scope), left.at),
      settled(this.#table(versioned, scope), right.at),
      asOf,
      scope.retries.get(right.alias?.name.text ?? lastOf(right.path).text),
    )
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
      return renamed(this.#queries.view(found, name), name.text, found.place)
    }
    checkIsRead(found.table, node.at)
    const table = withHints(found, node.hints, this.#catalogue.defaults)
    return renamed(tableRelation(table), name.text, found.place)
  }
}

function aliased(relation: Relation, alias: TableAlias | undefined): Relation {
  if (alias === undefined) return relation
  return renamed(withColumnNames(relation, alias.columns, alias.name), alias.name.text)
}

function joinOf(
  join: Join,
  left: Relation,
  right: Relation,
  { ttls }: SelectScope,
  conditions: readonly ExpressionNode[] = [],
): Relation {
  const joined = planJoin(join, left, right, conditions)
  return { ...joined, node: ttls.ofJoin(joined.node, join) }
}

/** Is the right of a join no relation of its own, but what is found for each row of the left? */
function isOfEachRow(join: Join): boolean {
  return join.right.kind === 'unnest' || isTemporal(join) || isLateral(join)
}

function isTemporal({ right }: Join): boolean {
  return right.kind === 'tableName' && right.asOf !== undefined
}

function isLateral(join: Join): join is Join & { readonly right: DerivedTable } {
  return join.right.kind === 'derivedTable' && join.right.lateral
}
