/**
 * Whether a new Protobuf schema reads what an old one wrote, by the rules of Confluent's registry;
 * the names of what breaks are theirs. Fields are told apart by their numbers: names may change,
 * fields may come and go, types may change within a group of the same wire format.
 */
import { allFields, type ProtoField, type ProtoFile, type ProtoMessage } from './syntax-tree.js'
import { nested, type ProtoType, scalarTypes, type Types } from './types.js'

/** One side of a comparison. */
export interface ProtoSide {
  readonly file: ProtoFile
  readonly types: Types
}

/** What breaks, one line each: where, what in words, its name. */
export function protoBreaks(older: ProtoSide, newer: ProtoSide): string[] {
  const comparison = new ProtoComparison(older.types, newer.types)
  const [was, is] = [older.file.package ?? '', newer.file.package ?? '']
  if (was !== is) {
    comparison.say('', 'PACKAGE_CHANGED', `the package ${was || '(none)'} became ${is || '(none)'}`)
  }
  comparison.messages(older.file.messages, newer.file.messages, '', was, is)
  return [...new Set(comparison.breaks)]
}

/** Types that are written alike and may take each other's place. */
const wireGroups: { readonly [type: string]: string } = {
  ...group('number', 'int32', 'int64', 'uint32', 'uint64', 'bool'),
  ...group('signed number', 'sint32', 'sint64'),
  ...group('text', 'string', 'bytes'),
  ...group('fixed 32 bits', 'fixed32', 'sfixed32'),
  ...group('fixed 64 bits', 'fixed64', 'sfixed64'),
  ...group('float', 'float'),
  ...group('double', 'double'),
}

function group(name: string, ...types: string[]): Record<string, string> {
  return Object.fromEntries(types.map((type) => [type, name]))
}

class ProtoComparison {
  readonly breaks: string[] = []
  readonly #older: Types
  readonly #newer: Types
  /** Pairs of messages that were compared or are being compared. */
  readonly #seen = new Set<string>()

  constructor(older: Types, newer: Types) {
    this.#older = older
    this.#newer = newer
  }

  say(place: string, kind: string, reason: string): void {
    this.breaks.push(`${place === '' ? '' : `${place}: `}${reason} (${kind})`)
  }

  messages(
    olds: readonly ProtoMessage[],
    news: readonly ProtoMessage[],
    place: string,
    oldScope: string,
    newScope: string,
  ): void {
    const byName = new Map(news.map((message) => [message.name, message]))
    for (const older of olds) {
      const newer = byName.get(older.name)
      const here = nested(place, older.name)
      if (newer === undefined) {
        this.say(here, 'MESSAGE_REMOVED', 'the message is gone')
        continue
      }
      const [was, is] = [nested(oldScope, older.name), nested(newScope, newer.name)]
      this.#message(older, newer, here, was, is)
    }
  }

  #message(
    older: ProtoMessage,
    newer: ProtoMessage,
    place: string,
    oldName: string,
    newName: string,
  ): void {
    const pair = `${oldName} ${newName}`
    if (this.#seen.has(pair)) return
    this.#seen.add(pair)
    this.#oneofs(older, newer, place)
    const news = new Map(allFields(newer).map((field) => [field.number, field]))
    const olds = new Map(allFields(older).map((field) => [field.number, field]))
    for (const [number, field] of olds) {
      const found = news.get(number)
      if (found !== undefined)
        this.#field(field, found, nested(place, field.name), oldName, newName)
      else this.#removed(older, newer, field, place)
    }
    for (const [number, field] of news) {
      if (olds.has(number) || field.label !== 'required') continue
      const reason = 'the new field is required, and older events do not have it'
      this.say(nested(place, field.name), 'REQUIRED_FIELD_ADDED', reason)
    }
    this.messages(older.messages, newer.messages, place, oldName, newName)
  }

  #removed(older: ProtoMessage, newer: ProtoMessage, field: ProtoField, place: string): void {
    const here = nested(place, field.name)
    const oneof = older.oneofs.find((each) => each.fields.includes(field))
    if (oneof === undefined) {
      if (field.label !== 'required') return
      this.say(here, 'REQUIRED_FIELD_REMOVED', 'a required field is gone')
      return
    }
    // A oneof that is gone with all its fields is as fields that are gone.
    const stays =
      newer.oneofs.some(({ name }) => name === oneof.name) ||
      oneof.fields.some(({ number }) => allFields(newer).some((each) => each.number === number))
    if (!stays) return
    const reason = `the field is gone from the oneof ${oneof.name}; readers would see it unset`
    this.say(here, 'ONEOF_FIELD_REMOVED', reason)
  }

  /** Fields that were set side by side may not come to exclude each other. */
  #oneofs(older: ProtoMessage, newer: ProtoMessage, place: string): void {
    for (const oneof of newer.oneofs) {
      const origins = new Set<string>()
      let movedIn = 0
      for (const { number } of oneof.fields) {
        const from = older.oneofs.find((each) => each.fields.some((one) => one.number === number))
        if (from !== undefined) origins.add(`oneof ${from.name}`)
        else if (older.fields.some((each) => each.number === number)) {
          origins.add(`field ${number}`)
          movedIn++
        }
      }
      if (origins.size < 2) continue
      const kind = movedIn > 1 ? 'MULTIPLE_FIELDS_MOVED_TO_ONEOF' : 'FIELD_MOVED_TO_EXISTING_ONEOF'
      const reason = 'fields that could be set together exclude each other now'
      this.say(nested(place, oneof.name), kind, reason)
    }
  }

  #field(
    older: ProtoField,
    newer: ProtoField,
    place: string,
    oldScope: string,
    newScope: string,
  ): void {
    if ((older.mapKey === undefined) !== (newer.mapKey === undefined)) {
      this.say(place, 'FIELD_KIND_CHANGED', `${title(older)} became ${title(newer)}`)
      return
    }
    if (older.mapKey !== undefined && newer.mapKey !== undefined) {
      this.#type(older.mapKey, newer.mapKey, `${place}[key]`, oldScope, newScope)
    }
    this.#type(older.type, newer.type, place, oldScope, newScope)
    const isText = wireGroups[older.type] === 'text'
    const areScalars = [
      [older.type, this.#older.find(older.type, oldScope)],
      [newer.type, this.#newer.find(newer.type, newScope)],
    ].every(
      ([type, found]) => scalarTypes.has(type as string) || (found as ProtoType)?.kind === 'enum',
    )
    const labels = [older.label, newer.label]
    if (isText || !areScalars || labels.includes(undefined) || older.label === newer.label) return
    this.say(place, 'FIELD_NUMERIC_LABEL_CHANGED', `${older.label} became ${newer.label}`)
  }

  #type(was: string, is: string, place: string, oldScope: string, newScope: string): void {
    const older = scalarTypes.has(was) ? undefined : this.#older.get(was, oldScope)
    const newer = scalarTypes.has(is) ? undefined : this.#newer.get(is, newScope)
    if (older?.kind === 'message' && newer?.kind === 'message') {
      const [before, after] = [localName(older), localName(newer)]
      if (before !== after) {
        this.say(place, 'FIELD_NAMED_TYPE_CHANGED', `message ${before} became ${after}`)
      } else if (older.fullName !== newer.fullName || older.message !== newer.message) {
        this.#message(older.message, newer.message, place, older.fullName, newer.fullName)
      }
      return
    }
    if (older?.kind === 'message' || newer?.kind === 'message') {
      this.say(place, 'FIELD_KIND_CHANGED', `${was} became ${is}`)
      return
    }
    const [before, after] = [wireGroup(was, older), wireGroup(is, newer)]
    if (before === after) return
    const reason = `${was} became ${is}, which is written otherwise`
    this.say(place, 'FIELD_SCALAR_KIND_CHANGED', reason)
  }
}

function wireGroup(type: string, found: ProtoType | undefined): string | undefined {
  return found?.kind === 'enum' ? 'number' : wireGroups[type]
}

function localName({ fullName, package: inPackage }: ProtoType): string {
  return inPackage === '' ? fullName : fullName.slice(inPackage.length + 1)
}

function title({ type, mapKey }: ProtoField): string {
  return mapKey === undefined ? type : `map<${mapKey}, ${type}>`
}
