import { pascal } from '../pascal.js'
import type { ProjectSchema } from '../project-schemas.js'
import type { BindingFile, BindingOptions, BindingSource } from './bindings.js'
import { topicsOf, usedSchemas } from './names.js'
import { protoFiles } from './proto-files.js'
import { schemaText } from './schema-text.js'
import { avroModule } from './typescript-avro.js'
import { jsonModule } from './typescript-json.js'
import { header, moduleText, type TypeModule } from './typescript-module.js'
import { protoModule } from './typescript-protobuf.js'

/**
 * A package as npm takes it: types in `.d.ts` files, one a schema, and the topics with their
 * schemas in plain JavaScript. Nothing has to be compiled. Of Protobuf the `.proto` files are in
 * it, too.
 */
export function typescriptBindings(source: BindingSource, options: BindingOptions): BindingFile[] {
  const used = usedSchemas(source).map(({ base, schema }) => {
    const module = moduleOf(schema, base)
    return { base, schema, module, root: module.root }
  })
  const topics = topicsOf(source)
  const manifest = {
    name: options.packageName,
    version: options.release,
    description: `Events of ${source.name}`,
    type: 'module',
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
  }
  const isUnique = (root: string) => used.filter((each) => each.root === root).length === 1
  const rootOf = (file: string) => {
    const found = used.find(({ schema }) => schema.file === file)
    return found === undefined ? 'unknown' : `${moduleName(found.base)}.${found.root}`
  }
  const types = [
    header,
    ...used.map(({ base }) => `import type * as ${moduleName(base)} from './${base}.js'`),
    '',
    ...used
      .filter(({ root }) => isUnique(root))
      .map(({ base, root }) => `export type { ${root} } from './${base}.js'`),
    `export type { ${used.map(({ base }) => moduleName(base)).join(', ')} }`,
    '',
    '/** What the events of each topic are. */',
    'export interface Topics {',
    ...topics.map(({ topic, schema }) => `  ${JSON.stringify(topic)}: ${rootOf(schema.file)}`),
    '}',
    '',
    '/** The topics, with the texts of their schemas, as `new Millrace({ topics })` takes them. */',
    'export declare const topics: {',
    '  readonly [Topic in keyof Topics]: {',
    '    readonly schema: string',
    '    /** AVRO where it is not said. */',
    '    readonly schemaType?: string',
    '    readonly type: string',
    '  }',
    '}',
  ]
  const values = [
    header,
    'export const topics = {',
    ...topics.flatMap(({ topic, schema }) => [
      `  ${JSON.stringify(topic)}: {`,
      `    type: ${JSON.stringify(schema.name)},`,
      ...(schema.type === 'AVRO' ? [] : [`    schemaType: ${JSON.stringify(schema.type)},`]),
      `    schema: ${JSON.stringify(schemaText(schema))},`,
      '  },',
    ]),
    '}',
  ]
  return [
    { path: 'package.json', text: `${JSON.stringify(manifest, undefined, 2)}\n` },
    { path: 'index.js', text: `${values.join('\n')}\n` },
    { path: 'index.d.ts', text: `${types.join('\n')}\n` },
    ...used.map(({ base, module }) => ({ path: `${base}.d.ts`, text: moduleText(module) })),
    ...protoFiles(source).map(({ path, text }) => ({ path: `protobuf/${path}`, text })),
  ]
}

function moduleOf(schema: ProjectSchema, base: string): TypeModule {
  switch (schema.type) {
    case 'AVRO':
      return avroModule(schema, base)
    case 'JSON':
      return jsonModule(schema, base)
    case 'PROTOBUF':
      return protoModule(schema)
  }
}

function moduleName(base: string): string {
  const name = pascal(base)
  return `${name[0]?.toLowerCase()}${name.slice(1)}Schema`
}
