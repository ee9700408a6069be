import { type ExpressionNode, SqlError, type Values } from '../sql/index.js'
import { castTo, commonType, untypedNull } from './coercion.js'
import { branchOf, type CaseBranch, type Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { valuesRowsMax } from './limits.js'
import type { ProjectNode } from './node.js'
import { scanOfRowNumbers } from './row-numbers.js'
import type { Relation, ScopeColumn } from './scope.js'
import type { DataType, Field } from './type.js'
import { baseName } from './type-name.js'

/** What a SELECT without FROM reads: one row, which has no column that a name could stand for. */
export function oneRow(): Relation {
  return { node: scanOfRowNumbers(1), columns: [] }
}

/**
 * VALUES (…), (…): numbered rows, and a projection that says what each column of each of them
 * holds, in the type that its values have in common.
 * @throws SqlError where the rows do not go together.
 */
export function planValues({ rows, at }: Values): Relation {
  if (rows.length > valuesRowsMax) {
    throw new SqlError(
      `VALUES has ${rows.length} rows, more than ${valuesRowsMax}`,
      at,
      'write them into a topic, and read that',
    )
  }
  const [first = []] = rows
  for (const row of rows) checkWidth(row, first)
  const resolver = new ExpressionResolver({ node: scanOfRowNumbers(1), columns: [] }, 'VALUES')
  const resolved = rows.map((row) => row.map((node) => resolver.resolve(node)))
  const expressions = first.map((_, place) => {
    const nodes = rows.flatMap((row) => row[place] ?? [])
    return columnOf(
      resolved.flatMap((row) => row[place] ?? []),
      nodes,
      place,
    )
  })
  const fields = expressions.map(({ type }, place): Field => ({ name: `EXPR$${place}`, type }))
  const node: ProjectNode = {
    kind: 'project',
    input: scanOfRowNumbers(rows.length),
    expressions,
    fields,
  }
  const columns = fields.map((field, index): ScopeColumn => {
    const written = first[index]
    return {
      ...field,
      value: { kind: 'field', index },
      rowtime: false,
      ...(written && { at: written.at }),
    }
  })
  return { node, columns }
}

function checkWidth(row: readonly ExpressionNode[], first: readonly ExpressionNode[]): void {
  const [one] = row
  if (row.length === first.length || one === undefined) return
  throw new SqlError(
    `the first row has ${first.length} values, and this one ${row.length}`,
    one.at,
    'write as many values into each row',
  )
}

/** The values of one column, a row after another. */
function columnOf(
  values: readonly Expression[],
  nodes: readonly ExpressionNode[],
  place: number,
): Expression {
  if (values.every((value) => value === untypedNull)) return untypedNull
  const type = commonType(values)
  if (type === undefined) throw differentTypes(values, nodes, place)
  const cast = values.map((value) => castTo(value, type))
  const branches = cast.slice(0, -1).map((value, row) => branchOf(isRow(row), value))
  return caseOf(branches, cast.at(-1) ?? untypedNull, type)
}

function caseOf(
  branches: readonly CaseBranch[],
  otherwise: Expression,
  type: DataType,
): Expression {
  return branches.length === 0 ? otherwise : { kind: 'case', branches, otherwise, type }
}

function differentTypes(
  values: readonly Expression[],
  nodes: readonly ExpressionNode[],
  place: number,
): SqlError {
  const different = values.findIndex(
    (_, row) => row > 0 && commonType(values.slice(0, row + 1)) === undefined,
  )
  const before = values.slice(0, different).find((value) => value !== untypedNull)
  const [value, node] = [values[different], nodes[different]]
  if (value === undefined || node === undefined || before === undefined) {
    throw new Error('one of the values does not go with those before')
  }
  return new SqlError(
    `column ${place + 1} of VALUES is ${baseName(before.type)} above, and ${baseName(value.type)} here`,
    node.at,
    'CAST one of them',
  )
}

/** `$row = row`. */
function isRow(row: number): Expression {
  const scan = scanOfRowNumbers(1)
  const [field] = scan.fields
  if (field === undefined) throw new Error('rows have a number')
  return {
    kind: 'call',
    function: '=',
    arguments: [
      { kind: 'column', index: 0, ...field },
      { kind: 'literal', value: row, type: field.type },
    ],
    type: { kind: 'boolean', nullable: false },
  }
}
