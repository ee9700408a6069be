/**
 * What a check reads of avsc's types, made from a schema's JSON alone: so that a value can be
 * checked where avsc cannot run, in a browser. The schema is one that a registry has accepted;
 * what avsc would refuse is not looked for here.
 */
import type { Type } from 'avsc'
import { attribute, type SchemaJson } from './json.js'

/** The members of avsc's types that `compileCheck` uses. */
interface Shape {
  typeName: string
  name?: string
  branchName?: string
  fields?: { name: string; type: Shape; defaultValue: () => unknown }[]
  symbols?: string[]
  size?: number
  itemsType?: Shape
  valuesType?: Shape
  types?: Shape[]
}

/** The shape of a schema, as the type that a check is compiled from. */
export function shapeOf(json: SchemaJson): Type {
  return new Shapes().of(json, '') as unknown as Type
}

const named = ['record', 'error', 'enum', 'fixed']

class Shapes {
  /** By full name; a type may refer to itself before it is complete. */
  readonly #known = new Map<string, Shape>()

  of(json: SchemaJson, namespace: string): Shape {
    if (typeof json === 'string') return this.#byName(json, namespace)
    if (Array.isArray(json)) {
      return { typeName: 'union:unwrapped', types: json.map((each) => this.of(each, namespace)) }
    }
    const type = attribute(json, 'type') as SchemaJson
    if (typeof type !== 'string') return this.of(type, namespace)
    if (named.includes(type)) return this.#define(type, json, namespace)
    if (type === 'array') {
      const itemsType = this.of(attribute(json, 'items') as SchemaJson, namespace)
      return { typeName: type, branchName: type, itemsType }
    }
    if (type === 'map') {
      const valuesType = this.of(attribute(json, 'values') as SchemaJson, namespace)
      return { typeName: type, branchName: type, valuesType }
    }
    return this.#byName(type, namespace)
  }

  #define(typeName: string, json: SchemaJson, around: string): Shape {
    const written = String(attribute(json, 'name'))
    const own = attribute(json, 'namespace')
    const name = fullName(written, typeof own === 'string' ? own : around)
    const namespace = name.slice(0, Math.max(name.lastIndexOf('.'), 0))
    const shape: Shape = { typeName, name, branchName: name }
    this.#known.set(name, shape)
    if (typeName === 'enum') shape.symbols = attribute(json, 'symbols') as string[]
    if (typeName === 'fixed') shape.size = attribute(json, 'size') as number
    const fields = attribute(json, 'fields') as { name: string; type: SchemaJson }[] | undefined
    if (fields !== undefined) {
      shape.fields = fields.map((field) => ({
        name: field.name,
        type: this.of(field.type, namespace),
        defaultValue: () => ('default' in field ? field.default : undefined),
      }))
    }
    return shape
  }

  #byName(name: string, namespace: string): Shape {
    const known = this.#known.get(fullName(name, namespace)) ?? this.#known.get(name)
    return known ?? { typeName: name, branchName: name }
  }
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name.replace(/^\./, '') : `${namespace}.${name}`
}
