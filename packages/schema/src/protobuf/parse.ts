/** A .proto text to its tree, by recursive descent over Protobuf's published grammar. */
import { SchemaTextError } from '../schema-type.js'
import { parseOption, parseOptionBody } from './parse-options.js'
import { parseEnum, parseExtend, parseMessage } from './parse-types.js'
import type {
  ProtoFile,
  ProtoImport,
  ProtoMethod,
  ProtoOption,
  ProtoService,
} from './syntax-tree.js'
import { Tokens } from './tokens.js'

/** Reads a .proto file; throws a `SchemaTextError` that names the line. */
export function parseProto(text: string): ProtoFile {
  const tokens = new Tokens(text)
  const file = {
    syntax: undefined as ProtoFile['syntax'],
    package: undefined as string | undefined,
    imports: [] as ProtoImport[],
    options: [] as ProtoOption[],
    messages: [] as ProtoFile['messages'][number][],
    enums: [] as ProtoFile['enums'][number][],
    extends: [] as ProtoFile['extends'][number][],
    services: [] as ProtoService[],
  }
  while (tokens.peek.kind !== 'end') {
    if (tokens.skip(';')) continue
    if (tokens.skip('syntax')) {
      tokens.expect('=')
      const syntax = tokens.string()
      if (syntax !== 'proto2' && syntax !== 'proto3') {
        throw new SchemaTextError(`syntax "${syntax}" is not known; proto2 and proto3 are`)
      }
      file.syntax = syntax
      tokens.expect(';')
    } else if (tokens.is('edition')) {
      throw new SchemaTextError('editions are not supported; use syntax proto3 or proto2')
    } else if (tokens.skip('package')) {
      file.package = tokens.fullName()
      tokens.expect(';')
    } else if (tokens.skip('import')) {
      const kind = tokens.skip('public') ? 'public' : tokens.skip('weak') ? 'weak' : undefined
      file.imports.push({ kind, path: tokens.string() })
      tokens.expect(';')
    } else if (tokens.skip('option')) file.options.push(parseOption(tokens))
    else if (tokens.skip('message')) file.messages.push(parseMessage(tokens))
    else if (tokens.skip('enum')) file.enums.push(parseEnum(tokens))
    else if (tokens.skip('extend')) file.extends.push(parseExtend(tokens))
    else if (tokens.skip('service')) file.services.push(parseService(tokens))
    else throw tokens.error('expected message, enum, import, option, extend or service')
  }
  return file
}

function parseService(tokens: Tokens): ProtoService {
  const name = tokens.name()
  const options: ProtoOption[] = []
  const methods: ProtoMethod[] = []
  tokens.expect('{')
  while (!tokens.skip('}')) {
    if (tokens.skip(';')) continue
    if (tokens.skip('option')) options.push(parseOption(tokens))
    else if (tokens.skip('rpc')) methods.push(parseMethod(tokens))
    else throw tokens.error('expected rpc or option')
  }
  return { name, options, methods }
}

function parseMethod(tokens: Tokens): ProtoMethod {
  const name = tokens.name()
  const side = () => {
    tokens.expect('(')
    // `stream` may be the name of a type as well.
    const streams = tokens.skip('stream') && !tokens.is(')')
    const type = tokens.is(')') ? 'stream' : tokens.fullName()
    tokens.expect(')')
    return { streams, type }
  }
  const input = side()
  tokens.expect('returns')
  const output = side()
  const options = tokens.is('{') ? parseOptionBody(tokens) : []
  if (options.length === 0) tokens.skip(';')
  return {
    name,
    input: input.type,
    output: output.type,
    streamsInput: input.streams,
    streamsOutput: output.streams,
    options,
  }
}
