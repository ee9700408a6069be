import { castTo, commonType, isStorable, untypedNull } from '../coercion.js'
import { equatable, orderable } from '../nested.js'
import type { DataType } from '../type.js'
import { isText, withNullable } from '../type-family.js'
import {
  always,
  any,
  boolean,
  type FunctionDefinition,
  integer,
  type Parameter,
  same,
  string,
  text,
} from './definition.js'
import { knownPattern } from './pattern.js'

const array = (element: Parameter, described: string): Parameter => ({
  accepts: (type) => type.kind === 'array' && element.accepts(type.element),
  described,
})

const anyArray = array(any, 'array')
const ofEquatable = array(equatable, 'array of values that can be compared')
const ofTexts = array({ accepts: isText, described: 'string' }, 'array of strings')
const sortable: Parameter = {
  accepts: (type) => orderable.accepts(type) && type.kind !== 'boolean',
  described: 'value that is sorted',
}
const map: Parameter = { accepts: ({ kind }) => kind === 'map', described: 'map' }

const elementOf = (type: DataType | undefined): DataType => {
  if (type?.kind !== 'array') throw new Error('an array was checked')
  return type.element
}

/** The second is one that an element may be; a NULL too. */
const withElement: Pick<FunctionDefinition, 'parameters' | 'coerce'> = {
  parameters: [ofEquatable, any],
  coerce: (values) => {
    const [collection, value] = values
    if (collection?.type.kind !== 'array' || value === undefined) return values
    const { element } = collection.type
    const fits = value === untypedNull || isStorable(value.type, element)
    return fits ? [collection, castTo(value, element)] : undefined
  },
}

/** All of them are brought to one type, which is that of the result. */
const alike: Pick<FunctionDefinition, 'coerce' | 'result'> = {
  coerce: (values) => {
    const type = commonType(values)
    return type && values.map((value) => castTo(value, type))
  },
  // What is never NULL within one of them may be so within another.
  result: (types, values) => commonType(values) ?? same(0)(types),
}

/** Of the type of its first argument. */
const keeping = (
  name: string,
  meaning: string,
  more: Partial<FunctionDefinition> = {},
): FunctionDefinition => ({ name, meaning, parameters: [anyArray], result: same(0), ...more })

/** Of arrays that are brought to one type. */
const ofArrays = (name: string, meaning: string): FunctionDefinition =>
  keeping(name, meaning, { parameters: [ofEquatable, ofEquatable], ...alike })

const longer = (name: string, meaning: string): FunctionDefinition => ({
  name,
  meaning,
  ...withElement,
  parameters: [anyArray, any],
  result: ([first, second]) => {
    const element = elementOf(first)
    const nullable = element.nullable || second?.nullable !== false
    return { kind: 'array', element: withNullable(element, nullable), nullable: true }
  },
})

const extreme = (name: string, meaning: string): FunctionDefinition => ({
  name,
  meaning,
  parameters: [array(sortable, 'array of values that have an order')],
  result: ([type]) => elementOf(type),
  nullable: 'always',
})

const texts = (nullable: boolean) => (): DataType => ({
  kind: 'array',
  element: string(),
  nullable,
})

export const arrayFunctions: readonly FunctionDefinition[] = [
  {
    name: 'ARRAY_CONTAINS',
    meaning: 'is the second an element? NULL is one too',
    ...withElement,
    result: always('boolean'),
    nullable: 'first',
  },
  {
    name: 'ARRAY_POSITION',
    meaning: 'where the second is first found, counted from 1; 0 if it is not',
    ...withElement,
    result: always('int'),
  },
  keeping('ARRAY_REMOVE', 'without the elements that are the second', {
    ...withElement,
    nullable: 'first',
  }),
  longer('ARRAY_APPEND', 'with the second behind'),
  longer('ARRAY_PREPEND', 'with the second in front'),
  keeping('ARRAY_DISTINCT', 'each element once, where it is first', { parameters: [ofEquatable] }),
  keeping('ARRAY_REVERSE', 'from the last element to the first'),
  keeping(
    'ARRAY_SLICE',
    'from the element that the second counts to the one that the third does; from the end where negative',
    { parameters: [anyArray, integer, integer], required: 2 },
  ),
  keeping(
    'ARRAY_SORT',
    'in ascending order (unless the second is FALSE), NULL first where ascending (or as the third says)',
    {
      parameters: [array(sortable, 'array of values that have an order'), boolean, boolean],
      required: 1,
    },
  ),
  extreme('ARRAY_MAX', 'the largest element; NULL of none'),
  extreme('ARRAY_MIN', 'the smallest element; NULL of none'),
  {
    name: 'ARRAY_JOIN',
    meaning: 'its strings with the second between them; the third in place of NULL',
    parameters: [ofTexts, text, text],
    required: 2,
    result: string,
  },
  ofArrays('ARRAY_UNION', 'the elements of both, each once'),
  ofArrays('ARRAY_EXCEPT', 'the elements that are not in the second, each once'),
  ofArrays('ARRAY_INTERSECT', 'the elements that are in both, each once'),
  keeping('ARRAY_CONCAT', 'all arrays, one after the other', { variadic: true, ...alike }),
  {
    name: 'SPLIT',
    meaning: 'the parts between the second; its characters where that is empty; none of nothing',
    parameters: [text, text],
    result: texts(true),
  },
  {
    name: 'REGEXP_EXTRACT_ALL',
    meaning: 'the group that the third counts (1 when absent) of each match, or NULL',
    parameters: [text, text, integer],
    required: 2,
    result: texts(true),
    nullable: 'always',
    ...knownPattern(1),
  },
]

export const mapFunctions: readonly FunctionDefinition[] = [
  {
    name: 'MAP_KEYS',
    meaning: 'its keys as an array',
    parameters: [map],
    result: ([type]) => ({ kind: 'array', element: partsOfMap(type).key, nullable: true }),
  },
  {
    name: 'MAP_VALUES',
    meaning: 'its values as an array',
    parameters: [map],
    result: ([type]) => ({ kind: 'array', element: partsOfMap(type).value, nullable: true }),
  },
  {
    name: 'MAP_ENTRIES',
    meaning: 'its keys and values as an array of rows',
    parameters: [map],
    result: ([type]) => {
      const { key, value } = partsOfMap(type)
      const fields = [
        { name: 'key', type: key },
        { name: 'value', type: value },
      ]
      return { kind: 'array', element: { kind: 'row', fields, nullable: true }, nullable: true }
    },
  },
  {
    name: 'MAP_FROM_ARRAYS',
    meaning: 'the map of keys and of as many values; of a key given twice the last counts',
    parameters: [anyArray, anyArray],
    result: ([keys, values]) => ({
      kind: 'map',
      key: elementOf(keys),
      value: elementOf(values),
      nullable: true,
    }),
  },
  keeping('MAP_UNION', 'the entries of all maps; of a key given twice the last counts', {
    parameters: [map],
    variadic: true,
    ...alike,
  }),
  {
    name: 'STR_TO_MAP',
    meaning: 'the entries between the second (a comma), each cut at the third (=)',
    parameters: [text, text, text],
    required: 1,
    result: () => ({ kind: 'map', key: string(), value: string(), nullable: true }),
    nullable: 'always',
  },
]

function partsOfMap(type: DataType | undefined): { key: DataType; value: DataType } {
  if (type?.kind !== 'map') throw new Error('a map was checked')
  return type
}
