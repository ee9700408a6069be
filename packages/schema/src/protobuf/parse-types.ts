/** Messages, enums and extensions. */
import { parseOption, parseOptionList } from './parse-options.js'
import {
  fieldNumberMax,
  type ProtoEnum,
  type ProtoEnumValue,
  type ProtoExtend,
  type ProtoField,
  type ProtoMessage,
  type ProtoOneof,
  type ProtoOption,
  type ProtoRange,
} from './syntax-tree.js'
import type { Tokens } from './tokens.js'

const enumNumberMax = 2 ** 31 - 1

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] }

/** What follows `message`. */
export function parseMessage(tokens: Tokens): ProtoMessage {
  const message: Mutable<ProtoMessage> = {
    name: tokens.name(),
    options: [],
    fields: [],
    oneofs: [],
    messages: [],
    enums: [],
    extends: [],
    reserved: [],
    extensions: [],
  }
  tokens.expect('{')
  while (!tokens.skip('}')) {
    if (tokens.skip(';')) continue
    // A keyword may be the name of a type too: `message message = 1`.
    const word = tokens.peek.text
    if (word === 'option') {
      tokens.take()
      message.options.push(parseOption(tokens))
    } else if (word === 'message') {
      tokens.take()
      message.messages.push(tokens.inside(() => parseMessage(tokens)))
    } else if (word === 'enum') {
      tokens.take()
      message.enums.push(parseEnum(tokens))
    } else if (word === 'oneof') {
      tokens.take()
      message.oneofs.push(parseOneof(tokens))
    } else if (word === 'extend') {
      tokens.take()
      message.extends.push(parseExtend(tokens))
    } else if (word === 'reserved') {
      tokens.take()
      message.reserved.push(parseReserved(tokens, fieldNumberMax))
    } else if (word === 'extensions') {
      tokens.take()
      const ranges = [parseRange(tokens, fieldNumberMax)]
      while (tokens.skip(',')) ranges.push(parseRange(tokens, fieldNumberMax))
      message.extensions.push({ ranges, options: parseOptionList(tokens) })
      tokens.expect(';')
    } else message.fields.push(parseField(tokens))
  }
  return message
}

/** What follows `oneof`. */
function parseOneof(tokens: Tokens): ProtoOneof {
  const name = tokens.name()
  const options: ProtoOption[] = []
  const fields: ProtoField[] = []
  tokens.expect('{')
  while (!tokens.skip('}')) {
    if (tokens.skip(';')) continue
    if (tokens.skip('option')) options.push(parseOption(tokens))
    else fields.push(parseField(tokens))
  }
  return { name, options, fields }
}

function parseField(tokens: Tokens): ProtoField {
  const labels = ['optional', 'required', 'repeated'] as const
  const label = labels.find((each) => tokens.skip(each))
  if (tokens.is('group')) throw tokens.error('groups are not supported; use a message')
  let mapKey: string | undefined
  let type = tokens.fullName()
  if (type === 'map' && tokens.skip('<')) {
    mapKey = tokens.name()
    tokens.expect(',')
    type = tokens.fullName()
    tokens.expect('>')
  }
  const name = tokens.name()
  tokens.expect('=')
  const number = tokens.integer()
  const options = parseOptionList(tokens)
  tokens.expect(';')
  return { label, type, mapKey, name, number, options }
}

/** What follows `enum`. */
export function parseEnum(tokens: Tokens): ProtoEnum {
  const name = tokens.name()
  const options: ProtoOption[] = []
  const values: ProtoEnumValue[] = []
  const reserved: (ProtoRange | string)[][] = []
  tokens.expect('{')
  while (!tokens.skip('}')) {
    if (tokens.skip(';')) continue
    if (tokens.skip('option')) {
      options.push(parseOption(tokens))
      continue
    }
    if (tokens.skip('reserved')) {
      reserved.push(parseReserved(tokens, enumNumberMax))
      continue
    }
    const value = tokens.name()
    tokens.expect('=')
    const number = tokens.integer()
    values.push({ name: value, number, options: parseOptionList(tokens) })
    tokens.expect(';')
  }
  return { name, options, values, reserved }
}

/** What follows `extend`. */
export function parseExtend(tokens: Tokens): ProtoExtend {
  const type = tokens.fullName()
  const fields: ProtoField[] = []
  tokens.expect('{')
  while (!tokens.skip('}')) {
    if (!tokens.skip(';')) fields.push(parseField(tokens))
  }
  return { type, fields }
}

function parseReserved(tokens: Tokens, max: number): (ProtoRange | string)[] {
  const one = () => (tokens.peek.kind === 'string' ? tokens.string() : parseRange(tokens, max))
  const list = [one()]
  while (tokens.skip(',')) list.push(one())
  tokens.expect(';')
  return list
}

function parseRange(tokens: Tokens, max: number): ProtoRange {
  const start = tokens.integer()
  if (!tokens.skip('to')) return { start, end: start }
  return { start, end: tokens.skip('max') ? max : tokens.integer() }
}
