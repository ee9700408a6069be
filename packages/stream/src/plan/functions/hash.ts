import type { DataType } from '../type.js'
import { type FunctionDefinition, integer, text, textual } from './definition.js'

const digests = { MD5: 128, SHA1: 160, SHA224: 224, SHA256: 256, SHA384: 384, SHA512: 512 } as const

const digitsOf = (kind: 'char' | 'varchar', bits: number) => (): DataType => ({
  kind,
  length: bits / 4,
  nullable: true,
})

/** Of the UTF-8 of a string, in hexadecimal digits in lower case. */
export const hashFunctions: readonly FunctionDefinition[] = [
  ...Object.entries(digests).map(([name, bits]) =>
    textual(name, `the hash of ${bits} bits`, [text], { result: digitsOf('char', bits) }),
  ),
  textual('SHA2', 'the hash of 224, 256, 384 or 512 bits, as the second says', [text, integer], {
    result: digitsOf('varchar', 512),
  }),
]
