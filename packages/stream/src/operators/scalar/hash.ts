import { createHash } from 'node:crypto'
import { ScalarError, type ScalarFunction, scalar } from './scalar-function.js'

const algorithms = ['sha224', 'sha384', 'sha512'] as const

/** The hashes that DuckDB has not, in hexadecimal digits. */
export const hashFunctions: readonly ScalarFunction[] = [
  ...algorithms.map((algorithm) =>
    scalar(algorithm, ['text'], 'text', (text) => digest(algorithm, text)),
  ),
  scalar('sha2', ['text', 'int'], 'text', (text, bits) => {
    if ([224, 256, 384, 512].includes(bits)) return digest(`sha${bits}`, text)
    throw new ScalarError(`there is no SHA-2 of ${bits} bits: 224, 256, 384 and 512 are`)
  }),
]

function digest(algorithm: string, text: string): string {
  return createHash(algorithm).update(text).digest('hex')
}
