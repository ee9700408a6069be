import { type DataType, unboundedLength } from '../type.js'
import { isBytes, isInteger, isText } from '../type-family.js'
import {
  always,
  any,
  byteString,
  bytes,
  type FunctionDefinition,
  integer,
  type Parameter,
  same,
  string,
  text,
  textOrBytes,
  textual,
  varying,
} from './definition.js'
import { knownPattern } from './pattern.js'

const textOrCharacterCode: Parameter = {
  accepts: (type) => isText(type) || isInteger(type),
  described: 'string, or the code of a character',
}

/** INT of strings. */
const counting = (
  name: string,
  meaning: string,
  more: Partial<FunctionDefinition> = {},
): FunctionDefinition => ({
  name,
  meaning,
  parameters: [text, text],
  result: always('int'),
  ...more,
})

const trimming = (name: string, meaning: string): FunctionDefinition => ({
  name,
  meaning: `without the characters of the second (a space when absent) ${meaning}`,
  parameters: [text, text],
  required: 1,
  result: varying,
})

const testing = (name: string, meaning: string): FunctionDefinition => ({
  name,
  meaning,
  parameters: [textOrBytes, textOrBytes],
  result: always('boolean'),
})

const known = knownPattern(1)

export const stringFunctions: readonly FunctionDefinition[] = [
  {
    name: 'UUID',
    meaning: 'a random UUID (version 4), another one for each row',
    parameters: [],
    result: () => ({ kind: 'char', length: 36, nullable: false }),
    nullable: 'never',
    volatile: true,
  },
  {
    name: '||',
    meaning: 'both strings, one after the other',
    written: 'string || string',
    parameters: [textOrBytes, textOrBytes],
    result: concatenated,
  },
  counting('CHAR_LENGTH', 'number of characters', { parameters: [text] }),
  { ...textual('UPPER', 'in upper case', [text]), result: same(0) },
  { ...textual('LOWER', 'in lower case', [text]), result: same(0) },
  {
    ...textual('INITCAP', 'each word of ASCII letters and digits with one capital, at its front', [
      text,
    ]),
    result: same(0),
  },
  counting('POSITION', 'where the first begins in the second, counted from 1; 0 if it does not', {
    written: 'POSITION(string IN string)',
  }),
  counting('INSTR', 'where the second begins in the first, counted from 1; 0 if it does not'),
  counting('LOCATE', 'where the first begins in the second, from the place that the third says', {
    parameters: [text, text, integer],
    required: 2,
  }),
  trimming('TRIM', 'at both ends'),
  { ...trimming('TRIM LEADING', 'at the front'), written: 'TRIM(LEADING string FROM string)' },
  { ...trimming('TRIM TRAILING', 'at the end'), written: 'TRIM(TRAILING string FROM string)' },
  trimming('LTRIM', 'at the front'),
  trimming('RTRIM', 'at the end'),
  { ...trimming('BTRIM', 'at both ends'), result: string },
  textual('REPEAT', 'the string as often as the second says', [text, integer]),
  textual('REVERSE', 'its characters from the last to the first', [text], { nullable: 'always' }),
  {
    ...textual('OVERLAY', 'with the second in place of as many characters as the fourth says', [
      text,
      text,
      integer,
      integer,
    ]),
    required: 3,
    result: overlaid,
  },
  ...['SUBSTRING', 'SUBSTR'].map(
    (name): FunctionDefinition => ({
      name,
      meaning:
        'from the character that the second counts from 1, as many as the third says, or all',
      parameters: [text, integer, integer],
      required: 2,
      result: varying,
      nullable: 'always',
    }),
  ),
  textual('LEFT', 'as many characters from the front as the second says', [text, integer], {
    result: varying,
    nullable: 'always',
  }),
  textual('RIGHT', 'as many characters from the end as the second says', [text, integer], {
    result: varying,
    nullable: 'always',
  }),
  textual('REPLACE', 'the first, with each occurrence of the second made the third', [
    text,
    text,
    text,
  ]),
  textual(
    'TRANSLATE',
    'the first, each of its characters that is in the second made that of the third at its place; NULL where the first is',
    [text, text, text],
    { nullable: 'first' },
  ),
  textual('CONCAT', 'all strings, one after the other', [text], { variadic: true }),
  textual(
    'CONCAT_WS',
    'those after the first that are not NULL, with the first between them',
    [text, text],
    {
      variadic: true,
    },
  ),
  textual('LPAD', 'filled up or cut to the length that the second says, with the third in front', [
    text,
    integer,
    text,
  ]),
  textual('RPAD', 'filled up or cut to the length that the second says, with the third behind', [
    text,
    integer,
    text,
  ]),
  textual(
    'SPLIT_INDEX',
    'the part that the third counts from 0, cut at the second',
    [text, textOrCharacterCode, integer],
    { nullable: 'always' },
  ),
  {
    name: 'ELT',
    meaning: 'that of the arguments after the first which the first counts from 1, or NULL',
    parameters: [integer, textOrBytes],
    variadic: true,
    unify: 1,
    result: same(1),
    nullable: 'always',
  },
  testing('STARTSWITH', 'does it begin with the second?'),
  testing('ENDSWITH', 'does it end with the second?'),
  textual(
    'PRINTF',
    "the first, with what follows in its places, as Java's Formatter has it",
    [text, any],
    {
      required: 1,
      variadic: true,
      nullable: 'always',
    },
  ),
  counting('ASCII', 'the first byte, from -128 to 127', { parameters: [text] }),
  textual('CHR', 'the character with the code, of which the last 8 bits count', [integer], {
    nullable: 'always',
  }),
  textual('TO_BASE64', 'in base 64', [text]),
  textual('FROM_BASE64', 'what base 64 stands for, as a string', [text]),
  {
    ...textual('ENCODE', 'the bytes of a string in the character set that the second names', [
      text,
      text,
    ]),
    result: byteString,
  },
  textual('DECODE', 'the string of bytes in the character set that the second names', [
    bytes,
    text,
  ]),
  textual('URL_ENCODE', 'as part of a form in a URL', [text], { nullable: 'always' }),
  textual('URL_DECODE', 'what part of a form in a URL stands for, or NULL', [text], {
    nullable: 'always',
  }),
  textual(
    'PARSE_URL',
    'the part of a URL that the second names; of its query the value of a key',
    [text, text, text],
    { required: 2, nullable: 'always' },
  ),
  {
    ...textual('REGEXP', 'is a part of the string matched?', [text, text]),
    ...known,
    result: always('boolean'),
  },
  textual(
    'REGEXP_REPLACE',
    'with each match of the second made the third, as it stands',
    [text, text, text],
    known,
  ),
  textual(
    'REGEXP_EXTRACT',
    'the group that the third counts of the first match, or NULL',
    [text, text, integer],
    { required: 2, nullable: 'always', ...known },
  ),
  textual('REGEXP_SUBSTR', 'the first match, or NULL', [text, text], {
    nullable: 'always',
    ...known,
  }),
  counting('REGEXP_COUNT', 'how often it matches', { nullable: 'always', ...known }),
  counting('REGEXP_INSTR', 'where the first match begins, in UTF-16 units from 1; 0 if none does', {
    nullable: 'always',
    ...known,
  }),
]

function concatenated(types: readonly DataType[]): DataType {
  const [left, right] = types
  if (left === undefined || right === undefined) throw new Error('|| has two operands')
  if (isText(left) && isText(right)) {
    const kind = left.kind === 'char' && right.kind === 'char' ? 'char' : 'varchar'
    return { kind, length: sumOfLengths(left.length, right.length), nullable: true }
  }
  if (isBytes(left) && isBytes(right)) {
    return { kind: 'varbinary', length: unboundedLength, nullable: true }
  }
  return string()
}

function overlaid(types: readonly DataType[]): DataType {
  const [value, by] = [same(0)(types), same(1)(types)]
  if (!isText(value) || !isText(by)) return string()
  return { kind: 'varchar', length: sumOfLengths(value.length, by.length), nullable: true }
}

function sumOfLengths(left: number, right: number): number {
  return Math.min(unboundedLength, left + right)
}
