import { createRequire } from 'node:module'

/**
 * DuckDB's package. It is required, not imported: to import a CommonJS package Node first reads
 * all its text for the names it exports, which takes longer here than to load it.
 */
export const duckdb: typeof import('@duckdb/node-api') = createRequire(import.meta.url)(
  '@duckdb/node-api',
)
