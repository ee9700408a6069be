import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { optimize } from '../../src/optimize/optimize.js'
import { explain, expressionText as plannedText } from '../../src/plan/explain.js'
import { inputsOf } from '../../src/plan/node.js'
import type { Plan } from '../../src/plan/plan.js'
import { planStatements } from '../../src/plan/script.js'
import { typeName } from '../../src/plan/type-name.js'
import { type ExternalCatalog, modulesIn, planProgram } from '../../src/script.js'
import { parseScript, SqlError } from '../../src/sql/index.js'
import { testCatalogs } from './test-catalogs.js'
import { rewriteFile, type TextFile, textFiles } from './text-cases.js'
import { statementText } from './tree-text.js'

/** What CREATE FUNCTION finds. */
const modules = modulesIn(join(import.meta.dirname, '../../../test/user-functions'))

const rewriting = process.env.MILLRACE_REWRITE === '1'

/** What a file's cases are put through; a SqlError comes out as its text. */
type Mode = (input: string, file: TextFile) => string

const parsed: Mode = (input) => parseScript(input).map(statementText).join(';\n')

const planned: Mode = (input, file) => explain(planOf(input, file))

const optimized: Mode = (input, file) => explain(optimize(planOf(input, file)))

/** What a script has to show, and what it runs. */
const told: Mode = (input, file) =>
  planProgram(`${file.prelude}\n${input}`, { catalogs: catalogsOf(file), modules })
    .map((task) => {
      if (task.kind !== 'show') return `${task.kind}: ${explain(task.plan)}`
      const { columns, rows, isText } = task.result
      if (isText) return rows.flat().join('')
      const lines = rows.map((row) => row.map((cell) => cell ?? '-').join(' | '))
      return [columns.join(' | ').toUpperCase(), ...lines].join('\n')
    })
    .join('\n\n')

function catalogsOf({ name }: TextFile): readonly ExternalCatalog[] {
  return name.startsWith('catalogs') ? testCatalogs : []
}

function planOf(input: string, file: TextFile): Plan {
  const statements = [...parseScript(file.prelude), ...parseScript(input)]
  return planStatements(statements, { catalogs: catalogsOf(file) })
}

/** Each line is an expression: out come what it means, and its type. */
const typed: Mode = (input, file) =>
  input
    .split('\n')
    .map((line) => {
      try {
        return typeOf(line, file)
      } catch (error) {
        if (!(error instanceof SqlError)) throw error
        return [`${error.message}`, ...(error.hint ? [`  hint: ${error.hint}`] : [])].join('\n')
      }
    })
    .join('\n')

/** A view's query may give any type, so the expression is looked at there. */
function typeOf(line: string, file: TextFile): string {
  const sink = 'INSERT INTO sink SELECT 1 FROM (SELECT 1 AS x, '
  const script = `${sink}${line} AS y FROM t) WHERE y IS NULL OR x = 1`
  const [insert] = planStatements([...parseScript(file.prelude), ...parseScript(script)]).inserts
  for (let node = insert?.input; node !== undefined; node = inputsOf(node)[0]) {
    const index = node.fields.findIndex(({ name }) => name === 'y')
    const expression = node.kind === 'project' ? node.expressions[index] : undefined
    if (expression !== undefined) return `${plannedText(expression)} : ${typeName(expression.type)}`
  }
  throw new Error('the plan has no projection of y')
}

function textOfError(run: () => string): string {
  try {
    return run()
  } catch (error) {
    if (error instanceof SqlError) return error.render()
    throw error
  }
}

function runFolder(folder: string, modeOf: (file: TextFile) => Mode): void {
  for (const file of textFiles(folder)) {
    describe(`${folder}/${file.name}`, () => {
      planStatements(parseScript(file.prelude))
      const mode = modeOf(file)
      const outputs = file.cases.map((each) => () => textOfError(() => mode(each.input, file)))
      if (rewriting) {
        rewriteFile(
          file,
          outputs.map((output) => output()),
        )
        return
      }
      file.cases.forEach((each, index) => {
        test(each.title, () => assert.equal(outputs[index]?.(), each.expected))
      })
    })
  }
}

runFolder('sql', () => parsed)
runFolder('session', () => told)
runFolder('plan', ({ name }) => (name.startsWith('types') ? typed : planned))
runFolder('optimize', () => optimized)
