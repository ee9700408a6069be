import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { type Answer, evaluate } from './evaluate.js'

// The text files lie beside the source, not beside what is compiled from it.
const folder = new URL('../../../test/functions/', import.meta.url)

/**
 * Each line is an expression over one row (`evaluate.ts`), its type as TYPEOF names it, and its
 * value: what Flink 2.2 answers. `?` stands for the type of what is refused, and `! ` before a part
 * of the error of what is refused or fails.
 */
for (const file of readdirSync(folder).filter((name) => name.endsWith('.test.txt'))) {
  const cases = readFileSync(new URL(file, folder), 'utf8')
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, number }) => {
      const [expression = '', type = '', ...value] = line.split(' | ')
      return { number, expression, type, value: value.join(' | ') }
    })
  describe(file, () => {
    let answers: readonly Answer[] = []
    before(async () => {
      answers = await evaluate(cases.map(({ expression }) => expression))
    })
    cases.forEach(({ number, expression, type, value }, index) => {
      it(`line ${number}: ${expression}`, () => {
        const answer = answers[index]
        assert(answer !== undefined)
        assert.equal(answer.type, type)
        if (!value.startsWith('! ')) assert.equal(answer.value, value)
        else
          assert(
            answer.value.startsWith('! ') && answer.value.includes(value.slice(2)),
            answer.value,
          )
      })
    })
  })
}
