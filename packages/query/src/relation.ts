/**
 * The port: a table that queries may name. Whoever keeps rows hands in an implementation.
 *
 * Duties of an implementation: `source` is a FROM item that the instance given to the query server
 * understands without any setting of a connection, and it does not change; columns are only added,
 * or become wider.
 */
export interface Relation {
  /** What users write in FROM. */
  readonly name: string
  /** An SQL FROM item, e.g. `tables.main."surge"`. */
  readonly source: string
  /** Empty while the columns are not known yet. Cheap: it is asked before each query. */
  columns(): Promise<{ name: string; type: string }[]>
}
