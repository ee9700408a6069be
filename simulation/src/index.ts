// The broker and its clients under one seed.
export type { Failure } from './ledger.js'
export { type Fault, type Plan, planOf } from './plan.js'
export { type Outcome, simulate } from './simulate.js'
export type { WorldOptions } from './world.js'
