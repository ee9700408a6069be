export type { Answer, QueryEngine } from './engine.js'
export { type Position, QueryError, type QueryErrorCode } from './errors.js'
export { QueryServer, type QueryServerOptions } from './http/query-server.js'
export type { Relation } from './relation.js'
