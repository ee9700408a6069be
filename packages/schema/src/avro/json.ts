/** A type in a schema's JSON: a name, a union, or a definition. */
export type SchemaJson = string | SchemaJson[] | { readonly [attribute: string]: unknown }

/** An attribute of a definition; undefined for a name or a union. */
export function attribute(json: SchemaJson, name: string): unknown {
  return typeof json === 'object' && !Array.isArray(json) ? json[name] : undefined
}
