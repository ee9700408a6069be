import { type CreateView, type InsertStatement, SqlError, type Statement } from '../sql/index.js'
import { Catalogue } from './catalogue.js'
import { planInsert } from './insert.js'
import type { Plan } from './node.js'
import { QueryPlanner } from './query.js'
import { checkSetting, optionsOfSettings, recoveryOf } from './setting.js'
import { declareTable } from './table-declaration.js'

/** What a script asks to be run: an INSERT, or the INSERTs of a statement set together. */
export interface JobTask {
  readonly kind: 'job'
  readonly plan: Plan
  /** `table.dml-sync`: what follows in the script waits until it has ended. */
  readonly isAwaited: boolean
}

/** What a script asks for, in its order. */
export type Task = JobTask

/**
 * Plans the statements of a script in their order: tables and views are declared, and each INSERT
 * is planned over those that came before it. `defaults` are options for tables that lack them.
 * @throws SqlError for the first statement that is wrong.
 */
export function planTasks(
  statements: readonly Statement[],
  defaults: Readonly<Record<string, string>> = {},
): Task[] {
  const tableDefaults = { ...defaults, ...optionsOfSettings(statements) }
  const catalogue = new Catalogue()
  const planner = new QueryPlanner(catalogue)
  const tasks: Task[] = []
  const settings = new Map<string, string>()
  const addJob = (inserts: readonly InsertStatement[]) => {
    const isAwaited = settings.get('table.dml-sync')?.toLowerCase() === 'true'
    const planned = inserts.map((each) => planInsert(each, catalogue, planner))
    const recovery = recoveryOf(settings)
    const plan: Plan = { inserts: planned, ...(recovery !== undefined && { recovery }) }
    tasks.push({ kind: 'job', plan, isAwaited })
  }
  for (const statement of statements) {
    switch (statement.kind) {
      case 'createTable':
        if (catalogue.isFree(statement.name, statement.ifNotExists)) {
          catalogue.addTable(declareTable(statement, tableDefaults))
        }
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
        throw new SqlError(
          'a query on its own has nowhere to put its rows',
          statement.at,
          'write INSERT INTO a table before it',
        )
    }
  }
  return tasks
}

/** All that a script inserts as one plan. */
export function planStatements(
  statements: readonly Statement[],
  defaults: Readonly<Record<string, string>> = {},
): Plan {
  const plans = planTasks(statements, defaults).map(({ plan }) => plan)
  const recovery = plans.at(-1)?.recovery
  const inserts = plans.flatMap((plan) => plan.inserts)
  return { inserts, ...(recovery !== undefined && { recovery }) }
}

/** A view is planned once where it is declared, so that what is wrong in it is found there. */
function declareView(statement: CreateView, catalogue: Catalogue, planner: QueryPlanner): void {
  if (!catalogue.isFree(statement.name, statement.ifNotExists)) return
  const name = statement.name.at(-1)
  if (name === undefined) throw new Error('a name path is never empty')
  planner.planNamed(statement.query, statement.columns, name)
  catalogue.addView(statement)
}
