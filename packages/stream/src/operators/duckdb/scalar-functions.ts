import type { DuckDBConnection, DuckDBScalarFunction, DuckDBType } from '@duckdb/node-api'
import * as duckdb from '@duckdb/node-api'
import bindings, { type DataChunk, type Vector } from '@duckdb/node-bindings'
import {
  ScalarError,
  type ScalarFunction,
  type Value,
  type ValueKind,
} from '../scalar/scalar-function.js'
import { scalarFunctions } from '../scalar/scalar-functions.js'
import { inlineBytesMax, invalidRows, slotBytes } from './crossing.js'

/**
 * Makes known to DuckDB those functions in JavaScript that the text of a statement calls, if they
 * are not known yet; `others` are those of the script's own. DuckDB calls them on this thread with whole vectors, while it works on its own.
 */
export function registerScalarFunctions(
  connection: DuckDBConnection,
  known: Set<string>,
  sql: string,
  others: ReadonlyMap<string, ScalarFunction> = new Map(),
): void {
  for (const [name] of sql.matchAll(/\bmillrace_\w+(?=\()/g)) {
    const definition = scalarFunctions.get(name) ?? others.get(name)
    if (definition === undefined || known.has(name)) continue
    known.add(name)
    connection.registerScalarFunction(inDuckdb(definition))
  }
}

function inDuckdb(definition: ScalarFunction): DuckDBScalarFunction {
  const made = new duckdb.DuckDBScalarFunction()
  made.setName(definition.name)
  for (const kind of definition.parameters) made.addParameter(typeOf[kind])
  if (definition.more !== undefined) made.setVarArgs(typeOf[definition.more])
  made.setReturnType(typeOf[definition.result])
  // It is asked for rows with NULL too, and answers NULL itself.
  made.setSpecialHandling()
  if (definition.volatile) bindings.scalar_function_set_volatile(made.scalar_function)
  bindings.scalar_function_set_function(made.scalar_function, (info, chunk, output) => {
    try {
      computeVector(definition, chunk, output)
    } catch (error) {
      if (!(error instanceof ScalarError)) throw error
      bindings.scalar_function_set_error(info, error.message)
    }
  })
  return made
}

const typeOf = {
  text: duckdb.VARCHAR,
  int: duckdb.INTEGER,
  bigint: duckdb.BIGINT,
  double: duckdb.DOUBLE,
  boolean: duckdb.BOOLEAN,
  bytes: duckdb.BLOB,
} satisfies Record<ValueKind, DuckDBType>

type Read = (row: number) => Value | null

function computeVector(definition: ScalarFunction, chunk: DataChunk, output: Vector): void {
  const { parameters, more, takesNull, compute } = definition
  const rows = bindings.data_chunk_get_size(chunk)
  const count = bindings.data_chunk_get_column_count(chunk)
  const reads = Array.from({ length: count }, (_, index) => {
    const kind = parameters[index] ?? more
    if (kind === undefined) throw new RangeError(`${definition.name} has no argument ${index}`)
    return reader(bindings.data_chunk_get_vector(chunk, index), kind, rows)
  })
  const results = new Results(output, definition.result, rows)
  const values = new Array<Value | null>(count)
  for (let row = 0; row < rows; row++) {
    let anyNull = false
    for (let index = 0; index < count; index++) {
      const value = reads[index]?.(row) ?? null
      values[index] = value
      if (value === null) anyNull = true
    }
    results.set(row, anyNull && !takesNull ? null : compute(...values))
  }
  results.flush()
}

function reader(vector: Vector, kind: ValueKind, rows: number): Read {
  const invalid = invalidRows(vector, rows)
  const read = valueReader(vector, kind, rows)
  return invalid.size === 0 ? read : (row) => (invalid.has(row) ? null : read(row))
}

function valueReader(vector: Vector, kind: ValueKind, rows: number): Read {
  switch (kind) {
    case 'text': {
      const bytesAt = bytesReader(vector, rows)
      return (row) => bytesAt(row).toString('utf8')
    }
    case 'bytes':
      return bytesReader(vector, rows)
    case 'boolean': {
      const data = bindings.vector_get_data(vector, rows)
      return (row) => data[row] === 1
    }
    case 'int': {
      const view = viewOf(bindings.vector_get_data(vector, rows * 4))
      return (row) => view.getInt32(row * 4, true)
    }
    case 'bigint': {
      const view = viewOf(bindings.vector_get_data(vector, rows * 8))
      return (row) => view.getBigInt64(row * 8, true)
    }
    case 'double': {
      const view = viewOf(bindings.vector_get_data(vector, rows * 8))
      return (row) => view.getFloat64(row * 8, true)
    }
  }
}

function bytesReader(vector: Vector, rows: number): (row: number) => Buffer {
  const data = bindings.vector_get_data(vector, rows * slotBytes)
  const view = viewOf(data)
  // The memory is DuckDB's own, never shared with another thread of JavaScript.
  const buffer = data.buffer as ArrayBuffer
  return (row) => {
    const slot = row * slotBytes
    const length = view.getUint32(slot, true)
    if (length <= inlineBytesMax) return Buffer.from(buffer, data.byteOffset + slot + 4, length)
    const far = bindings.get_data_from_pointer(buffer, data.byteOffset + slot + 8, length)
    return Buffer.from(far.buffer, far.byteOffset, far.byteLength)
  }
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength)
}

/** What goes into the output vector: texts one by one, all else in a block at the end. */
class Results {
  private readonly vector: Vector
  private readonly kind: ValueKind
  private readonly rows: number
  private readonly block: DataView
  private readonly nulls: number[] = []

  constructor(vector: Vector, kind: ValueKind, rows: number) {
    this.vector = vector
    this.kind = kind
    this.rows = rows
    this.block = new DataView(new ArrayBuffer(rows * 8))
  }

  set(row: number, value: Value | null): void {
    if (value === null) {
      this.nulls.push(row)
      return
    }
    switch (this.kind) {
      case 'text':
        bindings.vector_assign_string_element_len(this.vector, row, Buffer.from(String(value)))
        return
      case 'bytes':
        if (!(value instanceof Uint8Array)) throw new TypeError('the result is no bytes')
        bindings.vector_assign_string_element_len(this.vector, row, value)
        return
      case 'boolean':
        this.block.setUint8(row, value === true ? 1 : 0)
        return
      case 'int':
        this.block.setInt32(row * 4, Number(value), true)
        return
      case 'bigint':
        if (typeof value !== 'bigint') throw new TypeError('the result is no bigint')
        this.block.setBigInt64(row * 8, value, true)
        return
      case 'double':
        this.block.setFloat64(row * 8, Number(value), true)
    }
  }

  flush(): void {
    const width = widthOf[this.kind]
    if (width > 0) {
      // Made above, and shared with nobody.
      const buffer = this.block.buffer as ArrayBuffer
      bindings.copy_data_to_vector(this.vector, 0, buffer, 0, this.rows * width)
    }
    if (this.nulls.length === 0) return
    const valid = new Uint8Array(Math.ceil(this.rows / 64) * 8).fill(0xff)
    for (const row of this.nulls) valid[row >>> 3] = (valid[row >>> 3] ?? 0) & ~(1 << (row & 7))
    bindings.vector_ensure_validity_writable(this.vector)
    bindings.copy_data_to_vector_validity(this.vector, 0, valid.buffer, 0, valid.length)
  }
}

const widthOf = { text: 0, bytes: 0, boolean: 1, int: 4, bigint: 8, double: 8 } as const
