import { type DescribeFunction, lastOf } from '../sql/index.js'
import type { FunctionCatalogue } from './function-catalogue.js'
import { unknownFunction } from './functions/unknown.js'
import { functionSynonyms, functions, signatureOf } from './functions.js'
import type { ResultTable } from './result-table.js'
import { userSignature } from './user-function.js'

const columns = ['info name', 'info value']

/** What DESCRIBE FUNCTION answers. */
export function describeFunction(
  { name: path, extended }: DescribeFunction,
  catalogue: FunctionCatalogue,
): ResultTable {
  const found = catalogue.find(path)
  if (found !== undefined) {
    const { definition, temporary, system } = found
    const rows = [
      ['is system function', String(system)],
      ['is temporary', String(temporary)],
      ['identifier', definition.identifier],
      ['function language', definition.language],
    ]
    const more = [
      ['kind', 'SCALAR'],
      ['is deterministic', String(definition.deterministic)],
      ['signature', userSignature(definition)],
    ]
    return { columns, rows: extended ? [...rows, ...more] : rows }
  }
  const { text, at } = lastOf(path)
  const upper = text.toUpperCase()
  const builtIn = functions.get(functionSynonyms.get(upper) ?? upper)
  if (builtIn === undefined) throw unknownFunction(text, at)
  const rows = [
    ['is system function', 'true'],
    ['is temporary', 'false'],
  ]
  const more = [
    ['kind', 'SCALAR'],
    ['is deterministic', String(builtIn.volatile !== true)],
    ['signature', signatureOf(builtIn)],
  ]
  return { columns, rows: extended ? [...rows, ...more] : rows }
}
