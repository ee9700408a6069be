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
      visitBlocks(cursor, () => skipAvro(schema.items, cursor), true)
      return
    case 'map':
      visitBlocks(
        cursor,
        () => {
          cursor.take(cursor.readLength())
          skipAvro(schema.values, cursor)
        },
        true,
      )
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

/**
 * Arrays and maps come in blocks; a negative count is followed by the block's size in bytes. With
 * `mayJump`, items of a block that tells its size are not visited.
 */
export function visitBlocks(cursor: AvroCursor, visitItem: () => void, mayJump = false): void {
  for (;;) {
    const count = cursor.readNumber()
    if (count === 0) return
    if (count < 0) {
      const length = cursor.readLength()
      if (mayJump) {
        cursor.take(length)
        continue
      }
    }
    for (let i = 0; i < Math.abs(count); i++) visitItem()
  }
}
