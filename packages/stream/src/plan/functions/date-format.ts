import {
  type DatePatternDialect,
  DatePatternError,
  parseDatePattern,
} from '../java/date-pattern.js'
import { isInteger, isNumeric, isText, isTimestamp } from '../type-family.js'
import {
  always,
  constantText,
  type FunctionDefinition,
  integer,
  type Parameter,
  type Refusal,
  text,
  textual,
} from './definition.js'

const timestampOrText: Parameter = {
  accepts: (type) => isTimestamp(type) || isText(type),
  described: 'timestamp or string',
}
const numberOrText: Parameter = {
  accepts: (type) => isNumeric(type) || isText(type),
  described: 'number or string',
}

const integerOrText: Parameter = {
  accepts: (type) => isInteger(type) || isText(type),
  described: 'integer or string',
}

/** A pattern of Java's that is constant has to be one. */
const patternAt =
  (index: number, dialect: DatePatternDialect, use: 'read' | 'write') =>
  (values: Parameters<NonNullable<FunctionDefinition['refuses']>>[0]): Refusal | undefined => {
    const pattern = constantText(values[index])
    // Of a string, SimpleDateFormat writes.
    const first = values[0]
    const isOfText = use === 'write' && first !== undefined && isText(first.type)
    if (pattern === undefined) return undefined
    try {
      parseDatePattern(pattern, isOfText ? 'simple' : dialect, use)
      return undefined
    } catch (error) {
      if (!(error instanceof DatePatternError)) throw error
      const hint = "the pattern is one of Java's, as in 'yyyy-MM-dd HH:mm:ss'"
      return { index, what: `the pattern '${pattern}': ${error.message}. It`, hint }
    }
  }

/** Functions that write times, and read them, by patterns. */
export const dateFormatFunctions: readonly FunctionDefinition[] = [
  textual(
    'DATE_FORMAT',
    "a timestamp by a pattern of Java's DateTimeFormatter",
    [timestampOrText, text],
    {
      nullable: 'always',
      refuses: patternAt(1, 'formatter', 'write'),
    },
  ),
  textual('TO_DATE', 'the date that is written in the form of the pattern, or NULL', [text, text], {
    required: 1,
    result: always('date'),
    nullable: 'always',
    refuses: patternAt(1, 'simple', 'read'),
  }),
  textual(
    'TO_TIMESTAMP',
    'the timestamp that is written in the form of the pattern, or NULL',
    [text, text],
    {
      required: 1,
      result: () => ({ kind: 'timestamp', precision: 3, nullable: true }),
      nullable: 'always',
      refuses: patternAt(1, 'formatter', 'read'),
    },
  ),
  {
    name: 'TO_TIMESTAMP_LTZ',
    meaning:
      'seconds (second argument 0) or milliseconds (3, or absent) since 1970, or the timestamp that is written, as a point in time',
    parameters: [numberOrText, integerOrText],
    required: 1,
    result: () => ({ kind: 'timestampLtz', precision: 3, nullable: true }),
    nullable: 'always',
    refuses: (values) => {
      const [value, precision] = values
      if (precision === undefined) return undefined
      if (value !== undefined && isText(value.type) && isText(precision.type)) {
        return patternAt(1, 'formatter', 'read')(values)
      }
      const isPrecision =
        precision.kind === 'literal' &&
        (Number(precision.value) === 0 || Number(precision.value) === 3)
      if (isPrecision && value !== undefined && isNumeric(value.type)) return undefined
      return {
        index: 1,
        what: 'a precision of TO_TIMESTAMP_LTZ but for a constant 0 (seconds) or 3 (milliseconds) of a number',
        hint: 'write TO_TIMESTAMP_LTZ(value, 3) for milliseconds, or TO_TIMESTAMP_LTZ(value, 0)',
      }
    },
  },
  textual(
    'UNIX_TIMESTAMP',
    "seconds since 1970 of the present, or of what is written in the form of a pattern of Java's SimpleDateFormat",
    [text, text],
    { required: 0, result: always('bigint'), refuses: patternAt(1, 'simple', 'read') },
  ),
  textual(
    'FROM_UNIXTIME',
    "seconds since 1970, by a pattern of Java's SimpleDateFormat",
    [integer, text],
    {
      required: 1,
      nullable: 'always',
      refuses: patternAt(1, 'simple', 'write'),
    },
  ),
  textual(
    'CONVERT_TZ',
    'a time as it is written in the zone of the second, in that of the third',
    [text, text, text],
    { nullable: 'always' },
  ),
]
