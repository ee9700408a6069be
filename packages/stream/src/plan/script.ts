import {
  type CreateView,
  type ExplainStatement,
  type InsertStatement,
  lastOf,
  type QueryStatement,
  type Span,
  SqlError,
  type Statement,
  type UseStatement,
} from '../sql/index.js'
import { alter } from './alter.js'
import { bindFunctions } from './bind-functions.js'
import { Catalogue, type DeclaredView } from './catalogue.js'
import { insertOf, withQuery } from './create-table-as.js'
import { describeFunction } from './describe-function.js'
import type { ExternalCatalog } from './external-catalog.js'
import { FunctionCatalogue } from './function-catalogue.js'
import { planInsert } from './insert.js'
import { withLike } from './like-table.js'
import type { InsertNode, Plan } from './plan.js'
import { QueryPlanner } from './query.js'
import { asText, planResult } from './query-result.js'
import type { ResultTable } from './result-table.js'
import {
  checkSetting,
  columnWidthMaxOf,
  memoryOf,
  optionsOfSettings,
  recoveryOf,
  resetSetting,
  stateTtlOf,
  upsertMaterializeOf,
} from './setting.js'
import { describe, show as showStatement } from './show.js'
import { declareTable } from './table-declaration.js'
import type { Field } from './type.js'
import type { LoadModule } from './user-function.js'

/** What a script asks to be run: an INSERT, or the INSERTs of a statement set together. */
export interface JobTask {
  readonly kind: 'job'
  readonly plan: Plan
  /** `table.dml-sync`: what follows in the script waits until it has ended. */
  readonly isAwaited: boolean
}

/** A query on its own: its changes are shown as they come, and what follows waits for its end. */
export interface QueryTask {
  readonly kind: 'query'
  /** One insert, of the columns as text. */
  readonly plan: Plan
  /** Of the query, in its own types. */
  readonly columns: readonly Field[]
  readonly columnWidthMax: number
  readonly isAwaited: true
  readonly at: Span
}

/** What the script says of itself. */
export interface ShowTask {
  readonly kind: 'show'
  readonly result: ResultTable
}

/** A plan that is shown, and not run. */
export interface ExplainTask {
  readonly kind: 'explain'
  readonly plan: Plan
  readonly withChanges: boolean
  /** Hints that have no effect. */
  readonly advice: readonly string[]
}

/** What a script asks for, in its order. */
export type PlannedTask = JobTask | QueryTask | ShowTask | ExplainTask

export interface PlanOptions {
  /** Options for tables that do not give them, such as `properties.bootstrap.servers`. */
  readonly defaults?: Readonly<Record<string, string>>
  /** Clusters whose topics are tables: those that are there, and those that the script creates. */
  readonly catalogs?: readonly ExternalCatalog[]
  /** Finds the modules that CREATE FUNCTION names; absent where none can be loaded. */
  readonly modules?: LoadModule
}

/**
 * Plans the statements of a script in their order: tables and views are declared, and each INSERT
 * is planned over those that came before it.
 * @throws SqlError for the first statement that is wrong.
 */
export function planTasks(
  statements: readonly Statement[],
  { defaults = {}, catalogs = [], modules }: PlanOptions = {},
): PlannedTask[] {
  const tableDefaults = { ...defaults, ...optionsOfSettings(statements) }
  const catalogue = new Catalogue(tableDefaults, catalogs)
  const planner = new QueryPlanner(catalogue)
  const functions = new FunctionCatalogue(catalogue.catalogs, modules)
  const tasks: PlannedTask[] = []
  const show = (result: ResultTable) => tasks.push({ kind: 'show', result })
  const settings = new Map<string, string>()
  const addJob = (inserts: readonly InsertStatement[]) => {
    const isAwaited = settings.get('table.dml-sync')?.toLowerCase() === 'true'
    const stateTtlMs = stateTtlOf(settings)
    const planned = inserts.map((each) => ({
      ...planInsert(each, catalogue, planner, upsertMaterializeOf(settings)),
      ...(stateTtlMs !== undefined && { stateTtlMs }),
    }))
    const recovery = recoveryOf(settings)
    const plan: Plan = {
      inserts: planned,
      ...(recovery !== undefined && { recovery }),
      ...memoryOf(settings),
    }
    tasks.push({ kind: 'job', plan, isAwaited })
  }
  for (const each of statements) {
    const statement = functions.isEmpty ? each : bindFunctions(each, (path) => functions.find(path))
    switch (statement.kind) {
      case 'createTable':
        if (catalogue.isFree(statement)) {
          const whole = withQuery(withLike(statement, catalogue), planner)
          const table = declareTable(whole, tableDefaults)
          const { temporary } = statement
          const { place } = catalogue.placesOf(statement)
          catalogue.declare({ kind: 'table', temporary, place, statement: whole, table })
        }
        // As in Flink, also into a table that was there.
        if (statement.query !== undefined) addJob([insertOf(statement, statement.query, planner)])
        break
      case 'createView':
        declareView(statement, catalogue, planner)
        break
      case 'insert':
        addJob([statement])
        break
      case 'statementSet':
        addJob(statement.inserts)
        break
      case 'set':
        checkSetting(statement)
        settings.set(statement.key, statement.value)
        break
      case 'queryStatement':
        tasks.push(queryTask(statement, planner, settings))
        break
      case 'explain':
        tasks.push(explainTask(statement, catalogue, planner, settings))
        break
      case 'show':
        show(showStatement(statement, catalogue, planner, functions))
        break
      case 'describe':
        show(describe(catalogue.expect(statement.name), planner))
        break
      case 'createFunction':
        functions.create(statement)
        break
      case 'dropFunction':
        functions.drop(statement)
        break
      case 'describeFunction':
        show(describeFunction(statement, functions))
        break
      case 'drop':
        catalogue.drop(statement)
        break
      case 'alter':
        alter(statement, catalogue, planner, tableDefaults)
        break
      case 'use':
        use(statement, catalogue)
        break
      case 'createCatalog':
        catalogue.catalogs.create(statement)
        break
      case 'dropCatalog':
        catalogue.dropCatalog(statement)
        break
      case 'createDatabase':
        catalogue.catalogs.createDatabase(statement)
        break
      case 'dropDatabase':
        catalogue.dropDatabase(statement)
        break
      case 'showSettings':
        show({ columns: ['key', 'value'], rows: [...settings].sort() })
        break
      case 'reset':
        resetSetting(statement, settings)
        break
    }
  }
  return tasks
}

/** All that a script inserts as one plan; what it shows is for whoever runs it by itself. */
export function planStatements(statements: readonly Statement[], options: PlanOptions = {}): Plan {
  const plans = planTasks(statements, options).flatMap((task): Plan[] => {
    if (task.kind === 'job') return [task.plan]
    if (task.kind !== 'query') return []
    throw new SqlError(
      'a query on its own has nowhere to put its rows',
      task.at,
      'write INSERT INTO a table before it',
    )
  })
  const inserts = plans.flatMap((plan) => plan.inserts)
  // What is set before the last of them counts.
  return { ...plans.at(-1), inserts }
}

function queryTask(
  statement: QueryStatement,
  planner: QueryPlanner,
  settings: ReadonlyMap<string, string>,
): QueryTask {
  const { columns, insert } = asText(planResult(statement, planner))
  const stateTtlMs = stateTtlOf(settings)
  return {
    kind: 'query',
    plan: {
      inserts: [{ ...insert, ...(stateTtlMs !== undefined && { stateTtlMs }) }],
      ...memoryOf(settings),
    },
    columns,
    columnWidthMax: columnWidthMaxOf(settings),
    isAwaited: true,
    at: statement.at,
  }
}

function explainTask(
  { details, statement }: ExplainStatement,
  catalogue: Catalogue,
  planner: QueryPlanner,
  settings: ReadonlyMap<string, string>,
): ExplainTask {
  const withChanges = details.some(({ text }) => text === 'CHANGELOG_MODE')
  planner.takeAdvice()
  const explained = (planned: readonly InsertNode[]): ExplainTask => {
    return {
      kind: 'explain',
      plan: { inserts: planned },
      withChanges,
      advice: planner.takeAdvice(),
    }
  }
  if (statement.kind === 'queryStatement') {
    const { insert } = planResult(statement, planner)
    return explained([insert])
  }
  const inserts = statement.kind === 'insert' ? [statement] : statement.inserts
  const materialize = upsertMaterializeOf(settings)
  return explained(inserts.map((each) => planInsert(each, catalogue, planner, materialize)))
}

function use({ isCatalog, path }: UseStatement, { catalogs }: Catalogue): void {
  if (isCatalog) catalogs.useCatalog(lastOf(path))
  else catalogs.useDatabase(path)
}

/** A view is planned once where it is declared, so that what is wrong in it is found there. */
function declareView(statement: CreateView, catalogue: Catalogue, planner: QueryPlanner): void {
  if (!catalogue.isFree(statement)) return
  const { temporary } = statement
  const view: DeclaredView = {
    ...{ kind: 'view', temporary, statement },
    ...catalogue.placesOf(statement),
  }
  // One that replaces another must not read itself: that is found once it is there.
  if (statement.replaces) catalogue.declare(view)
  planner.planView(view, lastOf(statement.name))
  if (!statement.replaces) catalogue.declare(view)
}
