import { type CreateView, type InsertStatement, SqlError, type Statement } from '../sql/index.js'
import { Catalogue } from './catalogue.js'
import { planInsert } from './insert.js'
import type { InsertNode, Plan } from './node.js'
import { QueryPlanner } from './query.js'
import { checkSetting, optionsOfSettings } from './setting.js'
import { declareTable } from './table-declaration.js'

/**
 * Plans the statements of a script in their order: tables and views are declared, and each INSERT
 * is planned over those that came before it. `defaults` are options for tables that lack them.
 * @throws SqlError for the first statement that is wrong.
 */
export function planStatements(
  statements: readonly Statement[],
  defaults: Readonly<Record<string, string>> = {},
): Plan {
  const tableDefaults = { ...defaults, ...optionsOfSettings(statements) }
  const catalogue = new Catalogue()
  const planner = new QueryPlanner(catalogue)
  const inserts: InsertNode[] = []
  const insert = (statement: InsertStatement) => {
    inserts.push(planInsert(statement, catalogue, planner))
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
        insert(statement)
        break
      case 'statementSet':
        statement.inserts.forEach(insert)
        break
      case 'set':
        checkSetting(statement)
        break
      case 'queryStatement':
        throw new SqlError(
          'a query on its own has nowhere to put its rows',
          statement.at,
          'write INSERT INTO a table before it',
        )
    }
  }
  return { inserts }
}

/** A view is planned once where it is declared, so that what is wrong in it is found there. */
function declareView(statement: CreateView, catalogue: Catalogue, planner: QueryPlanner): void {
  if (!catalogue.isFree(statement.name, statement.ifNotExists)) return
  const name = statement.name.at(-1)
  if (name === undefined) throw new Error('a name path is never empty')
  planner.planNamed(statement.query, statement.columns, name)
  catalogue.addView(statement)
}
