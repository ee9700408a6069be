import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { functionRules } from '../../src/operators/duckdb/functions.js'
import { aggregateNamed, isUnsupportedAggregate } from '../../src/plan/aggregate-functions.js'
import { notThere } from '../../src/plan/functions/not-there.js'
import {
  callableNames,
  functionCategories,
  functionSynonyms,
  functions,
  plannedFunctions,
} from '../../src/plan/functions.js'
import { planScript } from '../../src/script.js'

const names = readFileSync(
  new URL('../../../test/functions/flink-names.txt', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter((line) => !line.startsWith('#'))
  .flatMap((line) => line.split(' '))
  .filter((name) => name !== '')

/** What belongs to a clause, and is read and refused with it; aggregates made of others. */
const ofClauses = new Set(
  `STDDEV STDDEV_POP STDDEV_SAMP VARIANCE VAR_POP VAR_SAMP CUME_DIST DENSE_RANK LAG LEAD NTILE PERCENT_RANK RANK ROW_NUMBER TUMBLE_START TUMBLE_END
  TUMBLE_ROWTIME TUMBLE_PROCTIME HOP_START HOP_END HOP_ROWTIME HOP_PROCTIME SESSION_START
  SESSION_END SESSION_ROWTIME SESSION_PROCTIME`.split(/\s+/),
)

function isThere(name: string): boolean {
  return functions.has(functionSynonyms.get(name) ?? name) || plannedFunctions.includes(name)
}

describe('the catalogue of functions', () => {
  for (const name of names) {
    it(`${name} of Flink is there, or is not with a reason`, () => {
      const isAggregate = aggregateNamed(name) !== undefined || isUnsupportedAggregate(name)
      const known = isThere(name) || notThere.has(name) || isAggregate || ofClauses.has(name)
      assert(known, `${name} is neither in the catalogue nor in the list of what is not there`)
    })
  }

  it('holds nothing that is said not to be there, and each name once', () => {
    assert.deepEqual([...notThere.keys()].filter(isThere), [])
    const all = Object.values(functionCategories).flatMap((each) => each.map(({ name }) => name))
    assert.deepEqual(all, [...new Set(all)])
  })

  it('has a rule for each function that a plan may call', () => {
    const planned = new Set(plannedFunctions)
    const lacking = [...functions.keys()].filter((name) => !functionRules.has(name))
    assert.deepEqual(
      lacking.filter((name) => !planned.has(name)),
      [],
    )
  })

  it('names what is missing, says why, and what is misspelt', () => {
    const errorOf = (expression: string) => {
      try {
        planScript(`CREATE TABLE t (i INT) WITH ('connector' = 'kafka', 'format' = 'json');
          CREATE TABLE o (i INT) WITH ('connector' = 'kafka', 'format' = 'json');
          INSERT INTO o SELECT ${expression} FROM t;`)
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
      return ''
    }
    assert.match(errorOf('HASH_CODE(i)'), /the function HASH_CODE is not supported yet/)
    assert.match(errorOf('REGEXP_REPLCE(i)'), /no function REGEXP_REPLCE/)
    assert.match(errorOf('NEGATE(i)'), /no function NEGATE/)
    assert(callableNames().includes('SPLIT_INDEX'))
  })
})
