import type { Chance } from './chance.js'
import { type Expression, type Kind, rules, type Value } from './expression.js'
import type { Column } from './query.js'

/** Rules by what they give; those of kinds that are there as columns alone are asked for more rarely. */
const rulesGiving = new Map<Kind, string[]>()
for (const [name, { gives }] of Object.entries(rules)) {
  rulesGiving.set(gives, [...(rulesGiving.get(gives) ?? []), name])
}

/** An expression of the kind over the columns; undefined where none was found. */
export function randomExpression(
  chance: Chance,
  kind: Kind,
  columns: readonly Column[],
  depth: number,
): Expression | undefined {
  const names = depth > 0 ? (rulesGiving.get(kind) ?? []) : []
  for (let tries = 0; tries < 4 && names.length > 0 && !chance.oneIn(4); tries++) {
    const call = randomCall(chance, chance.pick(names), columns, depth)
    if (call !== undefined) return call
  }
  return randomLeaf(chance, kind, columns)
}

function randomCall(
  chance: Chance,
  name: string,
  columns: readonly Column[],
  depth: number,
): Expression | undefined {
  const rule = rules[name]
  if (rule === undefined) return undefined
  const inputs: Expression[] = []
  for (const [place, kind] of rule.takes.entries()) {
    const literals = rule.literals?.[place]
    if (literals !== undefined) {
      inputs.push({ kind: 'literal', value: chance.pick(literals), type: kind })
      continue
    }
    const isFirst = place === 0
    const input =
      isFirst || !chance.oneIn(2)
        ? randomExpression(chance, kind, columns, depth - 1)
        : (randomLiteral(chance, kind) ?? randomLeaf(chance, kind, columns))
    if (input === undefined) return undefined
    inputs.push(input)
  }
  // What reads no column is no expression worth trying.
  if (inputs.every((input) => input.kind === 'literal')) return undefined
  return { kind: 'call', name, inputs, type: rule.gives }
}

function randomLeaf(
  chance: Chance,
  kind: Kind,
  columns: readonly Column[],
): Expression | undefined {
  const fitting = columns.filter(({ type }) => type === kind)
  if (fitting.length === 0) return undefined
  return columnOf(chance.pick(fitting))
}

export function columnOf({ name, type }: Column): Expression {
  return { kind: 'column', name, type }
}

function randomLiteral(chance: Chance, kind: Kind): Expression | undefined {
  const values: Partial<Record<Kind, readonly Value[]>> = {
    int: [0, 1, 2, 3],
    bigint: [0, 1, 2, 5],
    double: [0.5, 1.25, 3],
    decimal: [0.5, 1.25, 2],
    total: [1, 2.5],
    string: ['a', 'b', 'bb'],
    timestamp: ['2026-01-04 00:00:05', '2026-01-04 00:01:00'],
    date: ['2026-01-04'],
  }
  const choices = values[kind]
  return choices && { kind: 'literal', value: chance.pick(choices), type: kind }
}
