/** What came, went and changed from one .proto file to another, in words. */
import {
  allFields,
  type ProtoEnum,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  parseProto,
} from '@millrace/schema/read'
import type { Change } from './change.js'

/**
 * The changes, in the order of the new file. Fields of the first message, which describes the
 * events, are called by their names; those of others with the name of the message before them.
 * Fields are told apart by their numbers, as on the wire.
 */
export function protoDifferences(before: string, after: string): Change[] {
  const [was, is] = [parseProto(before), parseProto(after)]
  const changes: Change[] = []
  const whole = (what: string) => changes.push({ kind: 'changed', field: '', what })
  if (was.package !== is.package) {
    whole(`the package was ${was.package ?? 'none'}, is ${is.package ?? 'none'}`)
  }
  if (was.syntax !== is.syntax) {
    whole(`was ${was.syntax ?? 'proto2'}, is ${is.syntax ?? 'proto2'}`)
  }
  imports(was, is, changes)
  if (was.messages[0]?.name !== is.messages[0]?.name) {
    whole(`events were ${was.messages[0]?.name}, are ${is.messages[0]?.name}`)
  }
  const first = is.messages[0]?.name
  messages(was, is, '', (name) => (name === first ? '' : name), changes)
  return changes
}

type Scope = Pick<ProtoFile | ProtoMessage, 'messages' | 'enums'>

function imports(was: ProtoFile, is: ProtoFile, changes: Change[]): void {
  const paths = (file: ProtoFile) => file.imports.map(({ path }) => path)
  const [before, after] = [paths(was), paths(is)]
  for (const path of after.filter((each) => !before.includes(each))) {
    changes.push({ kind: 'changed', field: '', what: `imports ${path}` })
  }
  for (const path of before.filter((each) => !after.includes(each))) {
    changes.push({ kind: 'changed', field: '', what: `imports ${path} no more` })
  }
}

function messages(
  was: Scope,
  is: Scope,
  scope: string,
  pathOf: (name: string) => string,
  changes: Change[],
): void {
  for (const message of is.messages) {
    const path = pathOf(message.name)
    const older = was.messages.find(({ name }) => name === message.name)
    if (older === undefined) {
      changes.push({ kind: 'came', field: joined(scope, message.name), what: 'message' })
    } else compareMessages(older, message, path, changes)
  }
  for (const { name } of was.messages) {
    if (is.messages.some((each) => each.name === name)) continue
    changes.push({ kind: 'went', field: joined(scope, name), what: 'was a message' })
  }
  for (const each of is.enums) {
    const older = was.enums.find(({ name }) => name === each.name)
    const path = joined(scope, each.name)
    if (older === undefined) changes.push({ kind: 'came', field: path, what: 'enum' })
    else compareEnums(older, each, path, changes)
  }
  for (const { name } of was.enums) {
    if (is.enums.some((each) => each.name === name)) continue
    changes.push({ kind: 'went', field: joined(scope, name), what: 'was an enum' })
  }
}

function compareMessages(
  was: ProtoMessage,
  is: ProtoMessage,
  path: string,
  changes: Change[],
): void {
  for (const field of allFields(is)) {
    const older = allFields(was).find(({ number }) => number === field.number)
    const place = joined(path, field.name)
    if (older === undefined) {
      const what = `${fieldText(field, is)}, number ${field.number}`
      changes.push({ kind: 'came', field: place, what })
      continue
    }
    if (older.name !== field.name) {
      changes.push({ kind: 'changed', field: place, what: `was called ${older.name}` })
    }
    const [from, to] = [fieldText(older, was), fieldText(field, is)]
    if (from !== to) changes.push({ kind: 'changed', field: place, what: `was ${from}, is ${to}` })
    const options = (of: ProtoField) => of.options.map(({ name, value }) => `${name} = ${value}`)
    if (`${options(older)}` !== `${options(field)}`) {
      changes.push({ kind: 'changed', field: place, what: 'the options are others' })
    }
  }
  for (const field of allFields(was)) {
    if (allFields(is).some(({ number }) => number === field.number)) continue
    const what = `was ${fieldText(field, was)}, number ${field.number}`
    changes.push({ kind: 'went', field: joined(path, field.name), what })
  }
  messages(was, is, path, (name) => joined(path, name), changes)
}

function compareEnums(was: ProtoEnum, is: ProtoEnum, path: string, changes: Change[]): void {
  const names = (of: ProtoEnum) => of.values.map(({ name, number }) => `${name} = ${number}`)
  const [before, after] = [names(was), names(is)]
  const came = after.filter((value) => !before.includes(value))
  const went = before.filter((value) => !after.includes(value))
  const changed = (what: string) => changes.push({ kind: 'changed', field: path, what })
  if (came.length > 0) changed(`has ${came.join(', ')} too`)
  if (went.length > 0) changed(`has ${went.join(', ')} no more`)
}

/** `repeated string`, `map<string, int32>`, `int32 in the oneof kind`. */
function fieldText(field: ProtoField, message: ProtoMessage): string {
  const { label, type, mapKey } = field
  const oneof = message.oneofs.find(({ fields }) => fields.includes(field))
  const bare = mapKey === undefined ? type : `map<${mapKey}, ${type}>`
  const labelled = label === undefined ? bare : `${label} ${bare}`
  return oneof === undefined ? labelled : `${labelled} in the oneof ${oneof.name}`
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
