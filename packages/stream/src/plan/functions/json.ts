import { JsonPathError, parseJsonPath } from '../java/json-path.js'
import { isBytes, isNumeric, isText, isTimestamp } from '../type-family.js'
import {
  always,
  constantText,
  type FunctionDefinition,
  type Parameter,
  text,
  textual,
} from './definition.js'

/** What has a form in JSON. */
const jsonValue: Parameter = {
  accepts: (type) =>
    [isText, isBytes, isNumeric, isTimestamp].some((is) => is(type)) || type.kind === 'boolean',
  described: 'string, number, boolean or timestamp',
}

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

/** The clauses RETURNING, ON EMPTY, ON ERROR, ON NULL and WRAPPER are not there. */
export const jsonFunctions: readonly FunctionDefinition[] = [
  {
    name: 'IS JSON',
    meaning: 'is it JSON? FALSE of NULL',
    written: 'string IS JSON',
    parameters: [text],
    result: always('boolean'),
    nullable: 'never',
  },
  textual('JSON_EXISTS', 'does the path lead to a value that is not null?', [text, text], {
    result: always('boolean'),
    ...known,
    nullable: 'always',
  }),
  textual(
    'JSON_VALUE',
    'the string, number or boolean that the path leads to, or NULL',
    [text, text],
    {
      ...known,
      nullable: 'always',
    },
  ),
  textual('JSON_QUERY', 'the array or object that the path leads to, or NULL', [text, text], {
    ...known,
    nullable: 'always',
  }),
  textual('JSON_STRING', 'the value as JSON', [jsonValue]),
  textual('JSON_ARRAY', 'an array of the values that are not NULL', [jsonValue], {
    required: 0,
    variadic: true,
    nullable: 'never',
  }),
  textual('JSON_QUOTE', 'the string in quotation marks, what is not ASCII by its code', [text]),
  textual('JSON_UNQUOTE', 'what a string of JSON stands for; any other string as it is', [text]),
]
