import type { AggregateCall, Expression } from '../../src/plan/expression.js'
import type { PlanNode, ScanNode } from '../../src/plan/node.js'
import type { InsertNode, Plan } from '../../src/plan/plan.js'
import type { TableDefinition } from '../../src/plan/table.js'
import type { DataType, Field } from '../../src/plan/type.js'
import type { WindowAggregateNode } from '../../src/plan/window-node.js'

/** Plans made by hand, so that the engine is tested without the front end. */

export const types = {
  int: { kind: 'int', nullable: true },
  bigint: { kind: 'bigint', nullable: true },
  double: { kind: 'double', nullable: true },
  boolean: { kind: 'boolean', nullable: true },
  string: { kind: 'varchar', length: 2_147_483_647, nullable: true },
  timestamp: { kind: 'timestamp', precision: 3, nullable: true },
  decimal: { kind: 'decimal', precision: 10, scale: 2, nullable: true },
} satisfies Record<string, DataType>

export const tripsTable: TableDefinition = {
  name: 'trips',
  columns: [
    { name: 'id', type: types.bigint },
    { name: 'area', type: types.int },
    { name: 'driver', type: types.string },
    { name: 'fare', type: types.double },
    { name: 'tip', type: types.decimal },
    { name: 'at', type: types.timestamp },
  ],
  primaryKey: [],
  watermark: { column: 'at', delayMs: 60_000 },
  options: new Map([
    ['connector', 'kafka'],
    ['topic', 'trips'],
    ['format', 'json'],
    ['scan.startup.mode', 'earliest-offset'],
  ]),
}

export const tripsScan: ScanNode = {
  kind: 'scan',
  table: tripsTable,
  fields: tripsTable.columns.map(({ name, type }) => ({ name, type })),
  watermark: { column: 5, delayMs: 60_000 },
}

export function column(node: PlanNode, name: string): Expression {
  const index = node.fields.findIndex((field) => field.name === name)
  const field = node.fields[index]
  if (field === undefined) throw new RangeError(`no column ${name}`)
  return { kind: 'column', index, name, type: field.type }
}

export function literal(value: string | number | bigint | boolean, type: DataType): Expression {
  return { kind: 'literal', value, type }
}

export function call(name: string, type: DataType, ...inputs: Expression[]): Expression {
  return { kind: 'call', function: name, arguments: inputs, type }
}

export function filter(input: PlanNode, condition: Expression): PlanNode {
  return { kind: 'filter', input, condition, fields: input.fields }
}

export function project(
  input: PlanNode,
  items: readonly (readonly [name: string, expression: Expression])[],
): PlanNode {
  return {
    kind: 'project',
    input,
    expressions: items.map(([, expression]) => expression),
    fields: items.map(([name, expression]) => ({ name, type: expression.type })),
  }
}

export function tumble(
  input: PlanNode,
  time: string,
  sizeMs: number,
  keys: readonly string[],
  aggregates: readonly (readonly [name: string, call: AggregateCall])[],
): WindowAggregateNode {
  const indexOf = (name: string) => input.fields.findIndex((field) => field.name === name)
  const keyFields = keys.map((name) => input.fields[indexOf(name)] as Field)
  return {
    kind: 'windowAggregate',
    input,
    window: { kind: 'tumble', timeColumn: indexOf(time), sizeMs, offsetMs: 0 },
    keys: keys.map(indexOf),
    aggregates: aggregates.map(([, aggregate]) => aggregate),
    fields: [
      ...keyFields,
      ...aggregates.map(([name, { type }]) => ({ name, type })),
      { name: 'window_start', type: types.timestamp },
      { name: 'window_end', type: types.timestamp },
      { name: 'window_time', type: types.timestamp },
    ],
  }
}

/** An insert into a table of the input's own columns. */
export function insert(
  name: string,
  input: PlanNode,
  options: Record<string, string> = {},
  primaryKey: readonly string[] = [],
): InsertNode {
  const table: TableDefinition = {
    name,
    columns: input.fields,
    primaryKey,
    options: new Map(
      Object.entries({ connector: 'kafka', topic: name, format: 'json', ...options }),
    ),
  }
  return { kind: 'insert', table, input, mode: 'append' }
}

export function plan(...inserts: InsertNode[]): Plan {
  return { inserts }
}

export const countAll: AggregateCall = { function: 'count', distinct: false, type: types.bigint }

export function aggregate(
  name: AggregateCall['function'],
  argument: Expression,
  type: DataType,
  more: { distinct?: boolean; filter?: Expression } = {},
): AggregateCall {
  const { distinct = false, filter: condition } = more
  return {
    function: name,
    argument,
    distinct,
    type,
    ...(condition === undefined ? {} : { filter: condition }),
  }
}

/** The demand per area and window, with an aggregate of every kind. */
export function demandPlan(options: Record<string, string> = {}, sizeMs = 300_000): Plan {
  const node = tumble(
    tripsScan,
    'at',
    sizeMs,
    ['area'],
    [
      ['trips', countAll],
      ['ids', aggregate('sum', column(tripsScan, 'id'), types.bigint)],
      ['dearest', aggregate('max', column(tripsScan, 'fare'), types.double)],
      ['first_driver', aggregate('min', column(tripsScan, 'driver'), types.string)],
      ['tips', aggregate('sum', column(tripsScan, 'tip'), { ...types.decimal, precision: 38 })],
      ['mean_id', aggregate('avg', column(tripsScan, 'id'), types.bigint)],
      [
        'drivers',
        aggregate('count', column(tripsScan, 'driver'), types.bigint, { distinct: true }),
      ],
      [
        'tipped',
        aggregate('count', column(tripsScan, 'tip'), types.bigint, {
          filter: call(
            '>',
            types.boolean,
            column(tripsScan, 'tip'),
            literal('1.00', types.decimal),
          ),
        }),
      ],
    ],
  )
  return plan(insert('demand', node, options, ['area', 'window_start']))
}
