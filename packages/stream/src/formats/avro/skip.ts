import { DecodeError } from '../errors.js'
import type { AvroCursor } from './cursor.js'
import type { AvroSchema } from './schema.js'

/** Goes over one value of the schema. */
export function skipAvro(schema: AvroSchema, cursor: AvroCursor): void {
  switch (schema.kind) {
    case 'null':
      return
    case 'boolean':
      cursor.take(1)
      return
    case 'int':
    case 'long':
    case 'enum':
      cursor.readLong()
      return
    case 'float':
      cursor.take(4)
      return
    case 'double':
      cursor.take(8)
      return
    case 'bytes':
    case 'string':
      cursor.take(cursor.readLength())
      return
    case 'fixed':
      cursor.take(schema.size)
      return
    case 'array':
      skipBlocks(cursor, () => skipAvro(schema.items, cursor))
      return
    case 'map':
      skipBlocks(cursor, () => {
        cursor.take(cursor.readLength())
        skipAvro(schema.values, cursor)
      })
      return
    case 'union':
      skipAvro(branchOf(schema.branches, cursor), cursor)
      return
    case 'record':
      for (const field of schema.fields) skipAvro(field.schema, cursor)
  }
}

/** The branch that a union's index names. */
export function branchOf<Branch>(branches: readonly Branch[], cursor: AvroCursor): Branch {
  const index = cursor.readInt()
  const branch = branches[index]
  if (branch === undefined) throw new DecodeError(`the Avro union has no branch ${index}`)
  return branch
}

/** Arrays and maps come in blocks; a negative count is followed by the block's size in bytes. */
function skipBlocks(cursor: AvroCursor, skipItem: () => void): void {
  for (;;) {
    const count = cursor.readNumber()
    if (count === 0) return
    if (count < 0) cursor.take(cursor.readLength())
    else for (let i = 0; i < count; i++) skipItem()
  }
}
