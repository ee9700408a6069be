/**
 * What a newer file changes other than to add: in Protobuf every new field that is not required
 * has a default, so that fields, messages and values of enums may come, and nothing may go.
 */
import { equal } from '../json/comparison.js'
import type { ProtoEnum, ProtoFile, ProtoMessage } from './syntax-tree.js'
import { allFields } from './syntax-tree.js'

/** What is changed, one line a change, for normalized files. */
export function appendBreaks(newer: ProtoFile, older: ProtoFile): string[] {
  const breaks: string[] = []
  if (newer.package !== older.package) breaks.push('the package may not change')
  compare(newer, older, '', breaks)
  return breaks
}

type Scope = { readonly messages: readonly ProtoMessage[]; readonly enums: readonly ProtoEnum[] }

function compare(newer: Scope, older: Scope, place: string, breaks: string[]): void {
  const named = (name: string) => (place === '' ? name : `${place}.${name}`)
  for (const was of older.messages) {
    const is = newer.messages.find((each) => each.name === was.name)
    if (is === undefined) breaks.push(`${named(was.name)}: the message may not go away`)
    else {
      compareFields(is, was, named(was.name), breaks)
      compare(is, was, named(was.name), breaks)
    }
  }
  for (const was of older.enums) {
    const is = newer.enums.find((each) => each.name === was.name)
    for (const value of was.values) {
      const stays = is?.values.some(
        (each) => each.name === value.name && each.number === value.number,
      )
      if (!stays) breaks.push(`${named(was.name)}.${value.name}: the value may not go away`)
    }
  }
}

function compareFields(
  newer: ProtoMessage,
  older: ProtoMessage,
  place: string,
  breaks: string[],
): void {
  const news = new Map(allFields(newer).map((field) => [field.number, field]))
  const olds = new Map(allFields(older).map((field) => [field.number, field]))
  const oneofOf = (message: ProtoMessage, number: number) =>
    message.oneofs.find(({ fields }) => fields.some((each) => each.number === number))?.name
  for (const [number, was] of olds) {
    const is = news.get(number)
    const said = (what: string) => {
      breaks.push(`${place}.${was.name}: ${what}`)
    }
    if (is === undefined) said('the field may not go away')
    else if (!equal({ ...is, options: [] }, { ...was, options: [] }))
      said('the field may not change')
    else if (oneofOf(newer, number) !== oneofOf(older, number)) said('the field may not move')
  }
  for (const [number, is] of news) {
    if (!olds.has(number) && is.label === 'required') {
      breaks.push(`${place}.${is.name}: the new field is required`)
    }
  }
}
