/** Options, whose values are kept as text in one form. */
import type { ProtoOption } from './syntax-tree.js'
import type { Tokens } from './tokens.js'

/** What follows `option`, with its semicolon. */
export function parseOption(tokens: Tokens): ProtoOption {
  const option = assignment(tokens)
  tokens.expect(';')
  return option
}

/** `[a = 1, b = 2]`, or nothing. */
export function parseOptionList(tokens: Tokens): ProtoOption[] {
  if (!tokens.skip('[')) return []
  const options = [assignment(tokens)]
  while (tokens.skip(',')) options.push(assignment(tokens))
  tokens.expect(']')
  return options
}

/** `{ option a = 1; … }` */
export function parseOptionBody(tokens: Tokens): ProtoOption[] {
  const options: ProtoOption[] = []
  tokens.expect('{')
  while (!tokens.skip('}')) {
    if (tokens.skip(';')) continue
    tokens.expect('option')
    options.push(parseOption(tokens))
  }
  return options
}

function assignment(tokens: Tokens): ProtoOption {
  let name = optionName(tokens)
  while (tokens.skip('.')) name += `.${optionName(tokens)}`
  tokens.expect('=')
  return { name, value: value(tokens) }
}

function optionName(tokens: Tokens): string {
  if (!tokens.skip('(')) return tokens.fullName()
  const name = tokens.fullName()
  tokens.expect(')')
  return `(${name})`
}

function value(tokens: Tokens): string {
  if (tokens.is('{')) return tokens.inside(() => aggregate(tokens, '}'))
  if (tokens.skip('[')) {
    const items: string[] = []
    while (!tokens.skip(']')) {
      items.push(tokens.inside(() => value(tokens)))
      tokens.skip(',')
    }
    return `[${items.join(', ')}]`
  }
  if (tokens.peek.kind === 'string') return `"${tokens.string()}"`
  const sign = tokens.skip('-') ? '-' : tokens.skip('+') ? '' : ''
  if (tokens.peek.kind === 'number') return `${sign}${tokens.take().text}`
  return `${sign}${tokens.fullName()}`
}

/** A message in Protobuf's text format: `{ a: 1, b { c: "x" } }`. */
function aggregate(tokens: Tokens, end: '}' | '>'): string {
  tokens.take()
  const members: string[] = []
  while (!tokens.skip(end)) {
    const name = tokens.skip('[') ? extensionName(tokens) : tokens.name()
    const isMessage = !tokens.skip(':') || tokens.is('{') || tokens.is('<')
    const inner = () => aggregate(tokens, tokens.is('<') ? '>' : '}')
    if (isMessage) members.push(`${name}: ${tokens.inside(inner)}`)
    else members.push(`${name}: ${value(tokens)}`)
    if (!tokens.skip(',')) tokens.skip(';')
  }
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

function extensionName(tokens: Tokens): string {
  let name = tokens.fullName()
  if (tokens.skip('/')) name += `/${tokens.fullName()}`
  tokens.expect(']')
  return `[${name}]`
}
