// Functions that scripts of the tests declare.

export const shout = {
  parameters: ['STRING', 'INT'],
  returns: 'STRING',
  call: (text, times) => (text === null ? 'NOBODY' : text.toUpperCase() + '!'.repeat(times ?? 0)),
}

export const half = {
  parameters: ['DOUBLE NOT NULL'],
  returns: 'DOUBLE NOT NULL',
  call: (value) => value / 2,
}

/** One value of each type, as it came. */
export const same = Object.fromEntries(
  [
    ...['BOOLEAN', 'TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'FLOAT', 'DOUBLE', 'DECIMAL(10, 2)'],
    ...['CHAR(3)', 'VARCHAR(10)', 'STRING', 'BYTES', 'DATE', 'TIME(0)', 'TIMESTAMP(3)'],
    ...['TIMESTAMP(6)', 'TIMESTAMP_LTZ(3)'],
  ].map((type) => [type, { parameters: [type], returns: type, call: (value) => value }]),
)

export const {
  BOOLEAN: sameBoolean,
  TINYINT: sameTinyint,
  SMALLINT: sameSmallint,
  INT: sameInt,
  BIGINT: sameBigint,
  FLOAT: sameFloat,
  DOUBLE: sameDouble,
  'DECIMAL(10, 2)': sameDecimal,
  'CHAR(3)': sameChar,
  'VARCHAR(10)': sameVarchar,
  STRING: sameString,
  BYTES: sameBytes,
  DATE: sameDate,
  'TIME(0)': sameTime,
  'TIMESTAMP(3)': sameTimestamp,
  'TIMESTAMP(6)': sameMicros,
  'TIMESTAMP_LTZ(3)': sameInstant,
} = same

export const kindOf = {
  parameters: ['DECIMAL(10, 2)', 'BIGINT', 'TIMESTAMP(3)'],
  returns: 'STRING',
  call: (...values) => values.map((value) => `${typeof value} ${value}`).join(', '),
}

export const careful = {
  parameters: ['INT', 'STRING'],
  returns: 'INT',
  call: (value, text) => {
    if (value > 2) throw new RangeError(`${value} is too much`)
    return text.length
  },
}

export const liar = { parameters: ['INT'], returns: 'INT', call: (value) => `${value}` }
export const late = { parameters: ['INT'], returns: 'INT', call: async (value) => value }
export const nothing = { parameters: ['INT'], returns: 'INT NOT NULL', call: () => null }

let count = 0
export const counter = {
  parameters: [],
  returns: 'BIGINT NOT NULL',
  deterministic: false,
  call: () => count++,
}

export const summed = {
  parameters: ['ARRAY<BIGINT>'],
  returns: 'ROW<n INT, total BIGINT, share MAP<STRING, DOUBLE>>',
  call(values) {
    if (values === null) return null
    const numbers = values.filter((value) => value !== null)
    const total = numbers.reduce((sum, value) => sum + value, 0n)
    const share = new Map(numbers.map((value) => [`${value}`, Number(value) / Number(total)]))
    return { n: values.length, total, share }
  },
}

export const parted = {
  parameters: ['STRING', 'ROW<sep STRING, keep BOOLEAN>'],
  returns: 'ARRAY<STRING>',
  call: (text, { sep, keep }) =>
    text.split(sep).map((part) => (part === '' && !keep ? null : part)),
}

export const crooked = {
  parameters: ['INT'],
  returns: 'ARRAY<INT NOT NULL>',
  call: () => [1, null],
}

export const nested = { parameters: ['ARRAY<DATE>'], returns: 'INT', call: () => 1 }
export const misspelt = { parameters: ['STRNG'], returns: 'INT', call: () => 1 }
export const unfinished = { parameters: ['STRING'], returns: 'INT' }

export const plain = (value) => value

export default { parameters: ['INT'], returns: 'INT', call: (value) => value + 1 }
