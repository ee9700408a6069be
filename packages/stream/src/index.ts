// From text to plan.

// Showing what a statement gives.
export { Tableau } from './formats/tableau.js'
export { isBoundedTable } from './plan/bounded-table.js'
export { explain } from './plan/explain.js'
// The plan: what a script means.
export type { AggregateCall, Expression } from './plan/expression.js'
export { lookupsOf, type PlanNode, type ScanNode, scansOf } from './plan/node.js'
export type { InsertNode, Plan } from './plan/plan.js'
export type { TableColumn, TableDefinition, TableWatermark } from './plan/table.js'
export type { DataType, Field } from './plan/type.js'
// Running a plan.
export { JobError } from './runtime/errors.js'
export { type Guarantee, Job, type JobOptions } from './runtime/job.js'
export type { JobMetrics, OperatorMetrics } from './runtime/metrics.js'
export type { ShowChange } from './runtime/result-sink.js'
export { runOnce } from './runtime/run-once.js'
export {
  catalogsCreatedIn,
  declarationOfTopic,
  type ExternalCatalog,
  type ExternalTable,
  type JobTask,
  modulesIn,
  planProgram,
  planScript,
  type QueryTask,
  type ResultTable,
  type RunTask,
  type ScriptOptions,
  type ShowTask,
  type Task,
} from './script.js'
export { parseScript, SqlError, type Statement } from './sql/index.js'
export { storedSinks } from './state/savepoint.js'
