import { JsonPathError, parseJsonPath } from '../java/json-path.js'
import type { DataType } from '../type.js'
import { isBytes, isNested, isNumeric, isText, isTimestamp, partsOf } from '../type-family.js'
import {
  always,
  constantText,
  type FunctionDefinition,
  type Parameter,
  string,
  text,
  textual,
} from './definition.js'

/** What has a form in JSON. */
export const jsonValue: Parameter = {
  accepts: hasForm,
  described: 'string, number, boolean, timestamp, or what is made of these',
}

function hasForm(type: DataType): boolean {
  if (type.kind === 'map' && !isText(type.key)) return false
  if (isNested(type)) return type.kind !== 'multiset' && partsOf(type).every(hasForm)
  return [isText, isBytes, isNumeric, isTimestamp].some((is) => is(type)) || type.kind === 'boolean'
}

const jsonTest = (kind: string): FunctionDefinition => ({
  name: `IS JSON${kind}`,
  meaning: `is it JSON${kind === '' ? '' : `, and that: ${kind}`}? FALSE of NULL`,
  written: `string IS JSON${kind}`,
  parameters: [text],
  result: always('boolean'),
  nullable: 'never',
})

/** A constant path has to be one that can be followed here. */
const known: Pick<FunctionDefinition, 'refuses'> = {
  refuses: (values) => {
    const path = constantText(values[1])
    if (path === undefined) return undefined
    try {
      parseJsonPath(path)
      return undefined
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error
      return { index: 1, what: error.message, hint: "a path is like '$.member[0].*'" }
    }
  },
}

/** Constants for what stands behind the arguments: `json-call.ts`. */
export const jsonFunctions: readonly FunctionDefinition[] = [
  ...['', ' OBJECT', ' ARRAY', ' SCALAR'].map(jsonTest),
  textual('JSON_EXISTS', 'does the path lead to a value that is not null?', [text, text, text], {
    required: 2,
    result: always('boolean'),
    ...known,
    nullable: 'always',
  }),
  textual(
    'JSON_VALUE',
    'the string, number or boolean that the path leads to, or NULL',
    [text, text, text, text, text],
    { required: 2, ...known, nullable: 'always' },
  ),
  textual(
    'JSON_QUERY',
    'the array or object that the path leads to, or NULL',
    [text, text, text, text, text, text],
    {
      required: 2,
      ...known,
      nullable: 'always',
      result: (types) =>
        types.length > 5 ? { kind: 'array', element: string(), nullable: true } : string(),
    },
  ),
  textual('JSON_STRING', 'the value as JSON', [jsonValue]),
  textual('JSON_OBJECT', 'an object of keys and values', [text, jsonValue], {
    written: 'JSON_OBJECT(key VALUE value, … NULL ON NULL)',
    required: 1,
    variadic: true,
    nullable: 'never',
  }),
  textual('JSON_ARRAY', 'an array of the values that are not NULL', [text, jsonValue], {
    written: 'JSON_ARRAY(value, … ABSENT ON NULL)',
    required: 1,
    variadic: true,
    nullable: 'never',
  }),
  textual('JSON', 'the JSON that a string holds, within JSON_OBJECT or JSON_ARRAY', [text]),
  textual('JSON_QUOTE', 'the string in quotation marks, what is not ASCII by its code', [text]),
  textual('JSON_UNQUOTE', 'what a string of JSON stands for; any other string as it is', [text]),
]
