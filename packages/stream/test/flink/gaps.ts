/**
 * A difference between this engine and Apache Flink that is there on purpose, or is not mended
 * yet. `where` lists the questions in which it shows, by file.
 *
 * The list cannot rot: an answer that differs and is not listed fails, and so does one that is
 * listed and does not differ. What this engine refuses at planning is not here but in
 * `refused.txt`, which `MILLRACE_REWRITE=1` writes.
 */
export interface Gap {
  what: string
  why: string
  where: Readonly<Record<string, readonly string[]>>
}

const numbers = 'expressions-numbers.test.txt'
const logic = 'expressions-logic.test.txt'
const text = 'expressions-text.test.txt'
const times = 'expressions-times.test.txt'
const casts = 'expressions-casts.test.txt'
const json = 'json.test.txt'
const over = 'over.test.txt'
const collected = 'collected.test.txt'

export const gaps: readonly Gap[] = [
  {
    what: 'OVER takes FILTER',
    why: 'Flink refuses it, and it means only one thing.',
    where: { [over]: ['with FILTER'] },
  },
  {
    what: 'LAG with a default that is never NULL may be NULL',
    why: 'A row back may hold NULL. Flink takes that for NOT NULL and reads a number that nobody wrote.',
    where: { [over]: ['rows that lie back, with a default'] },
  },
  {
    what: 'What Flink refuses, or fails over, and means only one thing is taken',
    why: 'Nobody depends on an error: != for <>, SIGN of TINYINT, LEAST of a DECIMAL and an INT, NULL in VALUES, WHERE without FROM, {,2} in a pattern, columns of a match that are named anew.',
    where: {
      [logic]: ['i != j'],
      [numbers]: ['SIGN(t)', 'LEAST(m, i)'],
      'values.test.txt': [
        'NULL among them',
        'exact and approximate',
        'SELECT without FROM, that holds not',
        'INSERT with columns, and NULL',
        'INSERT of nothing but NULL',
      ],
      'match.test.txt': ['A B{,2} C, past', 'A B{,2} C, next', 'renamed'],
    },
  },
  {
    what: 'Arrays of INT and of BIGINT are brought together, and a whole number of JSON is a DOUBLE',
    why: 'Flink fails over them while it runs; they mean only one thing.',
    where: {
      'expressions-collections.test.txt': [
        'ARRAY_UNION(xs, ARRAY[CAST(5 AS BIGINT)])',
        'ARRAY_CONCAT(xs, ARRAY[CAST(5 AS BIGINT)])',
      ],
      'expressions-clauses.test.txt': ["JSON_VALUE(j, '$.a.b' RETURNING DOUBLE)"],
    },
  },
  {
    what: 'A DATE and a TIMESTAMP are compared and mixed, and NULL is an operand without a type',
    why: 'Flink refuses these; they are still to be refused here.',
    where: {
      [logic]: ['ts > daily', 'daily < ts', 'CASE WHEN b THEN daily ELSE ts END'],
      [numbers]: ['1e400'],
      [text]: ['s || NULL', 's LIKE NULL'],
      'values.test.txt': ['a date and a time'],
      'expressions-functions.test.txt': ["CONCAT_WS('-', s, NULL, 'x')"],
    },
  },
  {
    what: 'NaN is compared as written',
    why: 'Flink simplifies a column compared with itself, and NOT of a comparison, as if there were no NaN.',
    where: {
      [logic]: [
        ...['x = x', 'x <> x', 'x >= x', 'x IN (x)', 'NULLIF(x, x)', 'NOT x > y'],
        "CASE WHEN x = x THEN 'same' ELSE 'other' END",
      ],
    },
  },
  {
    what: 'NaN is not distinct from NaN',
    why: 'To be mended: in Flink it is.',
    where: { [logic]: ['x IS DISTINCT FROM y'] },
  },
  {
    what: 'The least of NaN and numbers is a number',
    why: 'In Flink it is NaN where NaN came first.',
    where: { 'aggregates.test.txt': ['NaN and infinity, the least'] },
  },
  {
    what: 'A decimal whose exact result has more than 38 digits on the way ends the job',
    why: 'DuckDB computes with 38 digits; Flink rounds, or gives NULL.',
    where: { [numbers]: ['w * w'] },
  },
  {
    what: 'Upper and lower case change letter by letter',
    why: 'Java knows the final sigma and letters that become two.',
    where: { [text]: ['LOWER(u)'] },
  },
  {
    what: "LIKE '' matches the empty text only, and _ any character",
    why: "In Flink '' matches everything, and _ no end of a line.",
    where: { [text]: ["s LIKE ''", "blank LIKE '%y_'"] },
  },
  {
    what: "INTERVAL '1' WEEK is seven days and INTERVAL '1' QUARTER three months",
    why: 'Flink 2.2 adds an hour, and a month: it drops the unit.',
    where: { [times]: ["ts + INTERVAL '1' WEEK", "ts + INTERVAL '1' QUARTER"] },
  },
  {
    what: 'Before 1970, a time is rounded and cut to its own day and second',
    why: 'Flink cuts towards 1970: a day is that after, and a TIMESTAMP(0) a second late.',
    where: {
      [times]: [
        ...['FLOOR(early TO MONTH)', 'FLOOR(early TO YEAR)', 'CAST(early AS DATE)'],
        ...['CAST(early AS TIME)', 'CAST(early AS TIMESTAMP(0))'],
      ],
    },
  },
  {
    what: 'DOUBLE and FLOAT are written with as few digits as tell them apart',
    why: 'Java 17 writes a digit more of some, or another one; the value is the same.',
    where: {
      [casts]: [
        ...['CAST(i AS FLOAT)', 'CAST(g AS FLOAT)', 'CAST(CAST(123456789 AS FLOAT) AS STRING)'],
        ...['CAST(4.9e-324 AS STRING)', 'CAST(1e23 AS STRING)'],
      ],
    },
  },
  {
    what: 'Text that begins with digits is no DECIMAL',
    why: 'Flink reads 12x as 12, as no other type.',
    where: { [casts]: ['TRY_CAST(word AS DECIMAL(10, 2))'] },
  },
  {
    what: 'NaN and infinity as DECIMAL are NULL',
    why: 'In Flink the job ends with an error of Java.',
    where: { [casts]: ['CAST(x AS DECIMAL(10, 2))'] },
  },
  {
    what: 'A TIMESTAMP(3) that is read has three digits',
    why: 'Flink keeps all that stand in the record, whatever the column says.',
    where: {
      [json]: ['times', 'written as in ISO 8601'],
      'csv.test.txt': ['times', 'times are written'],
    },
  },
  {
    what: 'An array of rows is no record',
    why: 'To be mended: Flink reads each row of the array.',
    where: { [json]: ['records that cannot be read are passed over'] },
  },
  {
    what: 'TIMESTAMP_LTZ is an instant in Avro too',
    why: "Flink's default mapping has none, and refuses it.",
    where: { 'avro.test.txt': ['an instant'] },
  },
  {
    what: 'An ARRAY_AGG of rows that are there is never NULL',
    why: 'Flink forgets that ROW(…) is never NULL, but for the elements.',
    where: { [collected]: ['arrays of rows'] },
  },
  {
    what: 'The keys of a JSON_OBJECTAGG are looked at when a step has ended',
    why: 'Flink fails where two rows have a key, though one of them is taken back.',
    where: { [collected]: ['JSON objects of what is taken back, a key that comes again'] },
  },
  {
    what: 'The values of a window that each count once are in the order in which they came',
    why: 'Flink has them in that of its hash table, and in this one without a window.',
    where: { [collected]: ['different values of tumbling windows'] },
  },
  {
    what: 'The first rows of each window of processing time that is grouped come when it ends',
    why: 'Flink refuses them, as it does all of Top-N by such windows.',
    where: { 'processing-time.test.txt': ['the first of each window that is grouped'] },
  },
  {
    what: 'The two zeros are one key',
    why: 'They are equal, and so a row is where its key is asked for. Flink compares keys by their bits, and answers = otherwise than GROUP BY and JOIN.',
    where: { 'zeros.test.txt': ['as a key', 'joined'] },
  },
  {
    what: 'The values of a session are in the order in which they came',
    why: 'Flink puts what two sessions had one after the other when they become one.',
    where: { [collected]: ['sessions'] },
  },
]
