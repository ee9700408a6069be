/** What came, went and changed from one Avro schema to another, in words. */
import { readAvroType } from './avro-type.js'
import type { Change } from './change.js'
import { type RecordType, shortName, type TypeTree, typeText } from './type-tree.js'

/** The changes from the schema in `before` to that in `after`, in the order of the new one. */
export function avroDifferences(before: string, after: string): Change[] {
  const changes: Change[] = []
  compare(readAvroType(before), readAvroType(after), '', changes, new Set())
  return changes
}

function compare(
  before: TypeTree,
  after: TypeTree,
  field: string,
  changes: Change[],
  seen: Set<TypeTree>,
): void {
  const changed = (what: string) => changes.push({ kind: 'changed', field, what })
  if (before.kind === 'record' && after.kind === 'record') {
    if (seen.has(after)) return
    seen.add(after)
    if (before.name !== after.name) changed(`the name was ${before.name}, is ${after.name}`)
    if (before.doc !== after.doc) changed('the description is another')
    compareFields(before, after, field, changes, seen)
  } else if (before.kind === 'array' && after.kind === 'array') {
    compare(before.items, after.items, `${field}[]`, changes, seen)
  } else if (before.kind === 'map' && after.kind === 'map') {
    compare(before.values, after.values, `${field}[]`, changes, seen)
  } else if (before.kind === 'enum' && after.kind === 'enum' && before.name === after.name) {
    const came = after.symbols.filter((symbol) => !before.symbols.includes(symbol))
    const went = before.symbols.filter((symbol) => !after.symbols.includes(symbol))
    const enumName = `enum ${shortName(after.name)}`
    if (came.length > 0) changed(`${enumName} has ${came.join(', ')} too`)
    if (went.length > 0) changed(`${enumName} has ${went.join(', ')} no more`)
    const isOrderKept = came.length + went.length > 0 || `${before.symbols}` === `${after.symbols}`
    if (!isOrderKept) changed(`${enumName} has its symbols in another order`)
  } else if (before.kind === 'union' && after.kind === 'union') {
    compareUnions(before.branches, after.branches, field, changes, seen)
  } else if (before.kind === 'fixed' && after.kind === 'fixed' && before.size !== after.size) {
    changed(`was ${before.size} bytes, is ${after.size}`)
  } else if (typeText(before) !== typeText(after)) {
    changed(`was ${typeText(before)}, is ${typeText(after)}`)
  }
}

function compareFields(
  before: RecordType,
  after: RecordType,
  field: string,
  changes: Change[],
  seen: Set<TypeTree>,
): void {
  const path = (name: string) => (field === '' ? name : `${field}.${name}`)
  const matched = new Set<string>()
  for (const each of after.fields) {
    const older = before.fields.find(
      ({ name }) => name === each.name || each.aliases.includes(name),
    )
    if (older === undefined) {
      const what = `${typeText(each.type)}, ${defaultText(each.default)}`
      changes.push({ kind: 'came', field: path(each.name), what })
      continue
    }
    matched.add(older.name)
    const changed = (what: string) =>
      changes.push({ kind: 'changed', field: path(each.name), what })
    if (older.name !== each.name) changed(`was called ${older.name}`)
    compare(older.type, each.type, path(each.name), changes, seen)
    const [was, is] = [defaultText(older.default), defaultText(each.default)]
    if (was !== is) changed(`was ${was}, is ${is}`)
    if (older.doc !== each.doc) changed('the description is another')
  }
  for (const { name, type } of before.fields) {
    if (matched.has(name)) continue
    changes.push({ kind: 'went', field: path(name), what: `was ${typeText(type)}` })
  }
  const order = (record: RecordType) =>
    record.fields.flatMap(({ name }) =>
      before.fields.some((each) => each.name === name) &&
      after.fields.some((each) => each.name === name)
        ? name
        : [],
    )
  if (`${order(before)}` !== `${order(after)}`) {
    changes.push({ kind: 'changed', field, what: 'the fields are in another order' })
  }
}

/** Branches that both have are compared; where they are not the same, the union has changed. */
function compareUnions(
  before: readonly TypeTree[],
  after: readonly TypeTree[],
  field: string,
  changes: Change[],
  seen: Set<TypeTree>,
): void {
  const text = (branches: readonly TypeTree[]) => branches.map(typeText).join(' or ')
  if (text(before) !== text(after)) {
    changes.push({ kind: 'changed', field, what: `was ${text(before)}, is ${text(after)}` })
  }
  for (const branch of after) {
    const older = before.find((each) => typeText(each) === typeText(branch))
    if (older !== undefined) compare(older, branch, field, changes, seen)
  }
}

function defaultText(value: unknown): string {
  return value === undefined ? 'without a default' : `with the default ${JSON.stringify(value)}`
}
