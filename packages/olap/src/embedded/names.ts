/** An identifier as DuckDB's SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The database in the store's file, the schema of the tables, and the schema that users never see. */
export const database = 'tables'
export const tableSchema = `${database}.main`
export const hiddenSchema = `${database}.millrace`
