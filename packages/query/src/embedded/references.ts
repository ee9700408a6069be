import { QueryError } from '../errors.js'

/**
 * What a statement reads, taken from the syntax tree that DuckDB's own parser makes of it
 * (`json_serialize_sql`), so that there is no second parser to disagree with the first.
 */
export interface References {
  /** Names in FROM that no WITH defines; `offset` is in bytes, undefined where not known. */
  readonly tables: readonly { name: string; offset: number | undefined }[]
}

/** The only functions that may stand in FROM: none of them reads anything. */
const tableFunctions: ReadonlySet<string> = new Set([
  'range',
  'generate_series',
  'unnest',
  'repeat',
  'repeat_row',
  'json_each',
  'json_tree',
])

/** Functions in expressions that change something, wait, or tell about the machine. */
const forbiddenFunctions: ReadonlySet<string> = new Set([
  'current_setting',
  'getvariable',
  'json_serialize_plan',
  'nextval',
  'currval',
  'setseed',
  'sleep_ms',
  'write_log',
])

type Tree = Record<string, unknown>

/**
 * Walks the tree of one statement. Throws a `QueryError` for whatever is neither a plain name in
 * FROM nor one of the functions above: names with a schema (the engine's own catalog, other
 * databases), functions that read files, SHOW of more than the tables.
 */
export function referencesOf(statement: unknown): References {
  const tables: { name: string; offset: number | undefined }[] = []
  const pending: { node: unknown; defined: ReadonlySet<string> }[] = [
    { node: statement, defined: new Set() },
  ]
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node } = next
    if (Array.isArray(node)) {
      for (const inner of node) pending.push({ node: inner, defined: next.defined })
      continue
    }
    if (typeof node !== 'object' || node === null) continue
    const tree = node as Tree
    if (tree.type === 'BASE_TABLE') {
      const name = plainName(tree)
      if (!next.defined.has(name.toLowerCase())) tables.push({ name, offset: offsetOf(tree) })
    } else if (tree.type === 'TABLE_FUNCTION') {
      checkFunction(tree.function as Tree, (name) => tableFunctions.has(name))
    } else if (tree.type === 'SHOW_REF') {
      checkShow(tree)
    } else if (tree.class === 'FUNCTION') {
      checkFunction(tree, (name) => !forbiddenFunctions.has(name))
    }
    const { defined, definitions } = definitionsOf(tree, next.defined)
    pending.push(...definitions)
    for (const [property, inner] of Object.entries(tree)) {
      if (property !== 'cte_map') pending.push({ node: inner, defined })
    }
  }
  return { tables }
}

/**
 * WITH defines names for what it stands before, and each definition sees those before it (itself
 * only when it is recursive): `WITH x AS (FROM x)` reads the x outside.
 */
function definitionsOf(tree: Tree, outer: ReadonlySet<string>) {
  const entries = ((tree.cte_map as Tree | undefined)?.map ?? []) as { key: string; value: Tree }[]
  const definitions: { node: unknown; defined: ReadonlySet<string> }[] = []
  let defined = outer
  for (const { key, value } of entries) {
    const after = new Set([...defined, key.toLowerCase()])
    const node = (value.query as Tree | undefined)?.node as Tree | undefined
    definitions.push({
      node: value,
      defined: node?.type === 'RECURSIVE_CTE_NODE' ? after : defined,
    })
    defined = after
  }
  return { defined, definitions }
}

function plainName(table: Tree): string {
  const name = String(table.table_name)
  if (table.schema_name || table.catalog_name) {
    const full = [table.catalog_name, table.schema_name, name].filter(Boolean).join('.')
    throw new QueryError(
      'unknown_table',
      `There is no table ${full}; tables are named without a schema.`,
    )
  }
  return name
}

function checkFunction(tree: Tree, allowed: (name: string) => boolean): void {
  const name = String(tree.function_name)
  if (allowed(name.toLowerCase())) return
  throw new QueryError('forbidden_function', `${name} cannot be used here.`)
}

function checkShow(tree: Tree): void {
  if (tree.query || tree.table_name === '"tables"') return
  throw new QueryError(
    'not_read_only',
    'SHOW is answered as SHOW TABLES or SHOW and a table’s name only.',
  )
}

function offsetOf(tree: Tree): number | undefined {
  // "Nowhere" is written as 2^64 - 1.
  const offset = Number(tree.query_location)
  return Number.isSafeInteger(offset) ? offset : undefined
}
