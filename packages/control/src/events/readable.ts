/** An Avro schema, as far as this file looks into it. */
type Schema =
  | string
  | readonly Schema[]
  | {
      type: Schema
      logicalType?: string
      scale?: number
      name?: string
      namespace?: string
      fields?: readonly { name: string; type: Schema }[]
      items?: Schema
      values?: Schema
    }

/**
 * What a codec decoded, as JSON can hold it: decimals as their digits, other bytes in base64.
 * Times stay numbers, so that what is printed can be sent again.
 */
export function readable(schemaText: string): (value: unknown) => unknown {
  const schema = JSON.parse(schemaText) as Schema
  const named = new Map<string, Schema>()
  collectNames(schema, named)
  return (value) => convert(schema, value, named)
}

function convert(schema: Schema, value: unknown, named: ReadonlyMap<string, Schema>): unknown {
  if (value === null || value === undefined) return null
  if (typeof schema === 'string') {
    const known = named.get(schema)
    return known === undefined ? plain(value) : convert(known, value, named)
  }
  if (isUnion(schema)) {
    const branches = schema.filter((branch) => branch !== 'null')
    const [only] = branches
    // Of several branches the value does not say which it is; only one can be looked into.
    return branches.length === 1 && only !== undefined ? convert(only, value, named) : plain(value)
  }
  if (value instanceof Uint8Array) {
    return schema.logicalType === 'decimal' ? decimalText(value, schema.scale ?? 0) : plain(value)
  }
  if (schema.fields !== undefined) {
    const record = value as Record<string, unknown>
    return Object.fromEntries(
      schema.fields.map(({ name, type }) => [name, convert(type, record[name], named)]),
    )
  }
  const { items, values } = schema
  if (items !== undefined) return (value as unknown[]).map((each) => convert(items, each, named))
  if (values !== undefined) {
    const entries = Object.entries(value as object)
    return Object.fromEntries(entries.map(([key, each]) => [key, convert(values, each, named)]))
  }
  return typeof schema.type === 'string' ? plain(value) : convert(schema.type, value, named)
}

function collectNames(schema: Schema, named: Map<string, Schema>): void {
  if (typeof schema === 'string') return
  if (isUnion(schema)) {
    for (const branch of schema) collectNames(branch, named)
    return
  }
  if (schema.name !== undefined) {
    named.set(schema.name, schema)
    if (schema.namespace !== undefined) named.set(`${schema.namespace}.${schema.name}`, schema)
  }
  for (const { type } of schema.fields ?? []) collectNames(type, named)
  for (const inner of [schema.items, schema.values, schema.type]) {
    if (inner !== undefined) collectNames(inner, named)
  }
}

function isUnion(schema: Schema): schema is readonly Schema[] {
  return Array.isArray(schema)
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

/** Avro's decimal: the unscaled value as big-endian two's complement. */
function decimalText(bytes: Uint8Array, scale: number): string {
  const hex = Buffer.from(bytes).toString('hex')
  const unscaled = hex === '' ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`))
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const [whole, fraction] = [digits.slice(0, digits.length - scale), digits.slice(-scale)]
  return `${unscaled < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${fraction}`}`
}
