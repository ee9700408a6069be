import { type FunctionRules, named, scripted } from './rule.js'

export const hashFunctions: FunctionRules = [
  ['MD5', named('md5')],
  ['SHA1', named('sha1')],
  ['SHA224', scripted('sha224')],
  ['SHA256', named('sha256')],
  ['SHA384', scripted('sha384')],
  ['SHA512', scripted('sha512')],
  ['SHA2', scripted('sha2')],
]
