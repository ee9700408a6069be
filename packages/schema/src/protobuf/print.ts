/**
 * A tree back to its text, in the one layout that Confluent's registry stores: options, fields,
 * oneofs, then nested messages and enums, indented by two.
 */
import {
  fieldNumberMax,
  type ProtoEnum,
  type ProtoExtend,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoOption,
  type ProtoRange,
  type ProtoService,
} from './syntax-tree.js'

/** The canonical text of a file. */
export function printProto(file: ProtoFile): string {
  const head = [
    ...(file.syntax === undefined ? [] : [`syntax = "${file.syntax}";`]),
    ...(file.package === undefined ? [] : [`package ${file.package};`]),
  ]
  const plain = file.imports.filter(({ kind }) => kind === undefined)
  const others = file.imports.filter(({ kind }) => kind !== undefined)
  const imports = [...plain, ...others].map(({ kind, path }) => {
    return `import ${kind === undefined ? '' : `${kind} `}"${path}";`
  })
  return sections([
    head,
    imports,
    file.options.map(optionLine),
    [...file.messages.flatMap(messageLines), ...file.enums.flatMap(enumLines)],
    file.extends.flatMap(extendLines),
    file.services.flatMap(serviceLines),
  ])
    .map((line) => `${line}\n`)
    .join('')
}

/** The parts that are not empty, with an empty line between them. */
function sections(parts: readonly (readonly string[])[]): string[] {
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, i) => (i === 0 ? part : ['', ...part]))
}

function block(head: string, parts: readonly (readonly string[])[]): string[] {
  const inside = sections(parts)
  if (inside.length === 0) return [`${head} {}`]
  return [`${head} {`, ...inside.map((line) => (line === '' ? '' : `  ${line}`)), '}']
}

function messageLines(message: ProtoMessage): string[] {
  return block(`message ${message.name}`, [
    message.reserved.map((list) => `reserved ${rangeList(list, fieldNumberMax)};`),
    message.options.map(optionLine),
    message.fields.map(fieldLine),
    message.oneofs.flatMap(({ name, options, fields }) =>
      block(`oneof ${name}`, [options.map(optionLine), fields.map(fieldLine)]),
    ),
    message.extensions.map(({ ranges, options }) => {
      return `extensions ${rangeList(ranges, fieldNumberMax)}${optionList(options)};`
    }),
    message.extends.flatMap(extendLines),
    [...message.messages.flatMap(messageLines), ...message.enums.flatMap(enumLines)],
  ])
}

function fieldLine({ label, type, mapKey, name, number, options }: ProtoField): string {
  const written = mapKey === undefined ? type : `map<${mapKey}, ${type}>`
  const prefix = label === undefined ? '' : `${label} `
  return `${prefix}${written} ${name} = ${number}${optionList(options)};`
}

function enumLines({ name, options, values, reserved }: ProtoEnum): string[] {
  const lines = values.map((value) => {
    return `${value.name} = ${value.number}${optionList(value.options)};`
  })
  return block(`enum ${name}`, [
    [
      ...reserved.map((list) => `reserved ${rangeList(list, 2 ** 31 - 1)};`),
      ...options.map(optionLine),
      ...lines,
    ],
  ])
}

function extendLines({ type, fields }: ProtoExtend): string[] {
  return block(`extend ${type}`, [fields.map(fieldLine)])
}

function serviceLines({ name, options, methods }: ProtoService): string[] {
  const lines = methods.flatMap((method) => {
    const input = `${method.streamsInput ? 'stream ' : ''}${method.input}`
    const output = `${method.streamsOutput ? 'stream ' : ''}${method.output}`
    const head = `rpc ${method.name} (${input}) returns (${output})`
    if (method.options.length === 0) return [`${head};`]
    return block(head, [method.options.map(optionLine)])
  })
  return block(`service ${name}`, [[...options.map(optionLine), ...lines]])
}

function optionLine({ name, value }: ProtoOption): string {
  return `option ${name} = ${value};`
}

function optionList(options: readonly ProtoOption[]): string {
  if (options.length === 0) return ''
  return ` [${options.map(({ name, value }) => `${name} = ${value}`).join(', ')}]`
}

function rangeList(list: readonly (ProtoRange | string)[], max: number): string {
  return list
    .map((each) => {
      if (typeof each === 'string') return `"${each}"`
      if (each.start === each.end) return `${each.start}`
      return `${each.start} to ${each.end === max ? 'max' : each.end}`
    })
    .join(', ')
}
