import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { runOnce } from '../src/runtime/run-once.js'
import { modulesIn, planScript } from '../src/script.js'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-functions-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
  return folder
}

function exportsOf(text: string, others: Readonly<Record<string, string>> = {}) {
  return modulesIn(folderOf({ 'functions.ts': text, ...others }))('./functions.ts')
}

const definition = `interface Definition<T> {
  readonly parameters: readonly string[]
  readonly returns: string
  call(value: T): T
}
`

describe('modules of functions', () => {
  it('of TypeScript are read without their types', () => {
    const { half, Level, kept } = exportsOf(
      `${definition}
      import { by, type Divisor } from './by.ts'
      import type { Nothing } from './nowhere.ts'
      export enum Level { Low = 1, High }
      class Kept<T> { constructor(private readonly value: T, readonly level = Level.High) {}
        get(): T { return this.value satisfies T } }
      export const kept = new Kept<string>('k')
      export const half: Definition<number> = { parameters: ['DOUBLE'], returns: 'DOUBLE',
        call: (value) => by(value as unknown as number, 2 as Divisor)! }`,
      {
        'by.ts': `import { divide } from './divide.mjs'
        export type Divisor = number
        export function by<T extends number>(value: T, divisor: Divisor): number { return divide(value, divisor) }`,
        'divide.mjs': 'export const divide = (a, b) => a / b',
      },
    )
    assert.equal((half as { call: (n: number) => number }).call(7), 3.5)
    assert.deepEqual((Level as Record<string, unknown>).High, 2)
    assert.deepEqual({ ...(kept as object) }, { value: 'k', level: 2 })
  })

  it('of TypeScript may be CommonJS, and know their file', () => {
    const { name } = exportsOf(`import path = require('node:path')
      export = { name: path.basename(__filename) as string }`)
    assert.equal(name, 'functions.ts')
  })

  it('of TypeScript may import each other in a circle, and are loaded once', () => {
    const folder = folderOf({
      'a.ts': `import { b } from './b.ts'
        export const loaded: number[] = []
        export function a(n: number): number { return n === 0 ? 0 : b(n - 1) + 1 }`,
      'b.ts': `import { a } from './a.ts'
        export function b(n: number): number { return n === 0 ? 0 : a(n - 1) + 1 }`,
    })
    const { a, loaded } = modulesIn(folder)('./a.ts')
    assert.equal((a as (n: number) => number)(5), 5)
    assert.equal(modulesIn(folder)('./a.ts').loaded, loaded)
  })

  it('say the line of what cannot be read', () => {
    const cases: readonly (readonly [text: string, error: RegExp])[] = [
      [`${definition}export const x: number = ;`, /^functions\.ts:6:26: Unexpected token$/],
      [
        '// one\n\nexport namespace N {\n export const x = 1\n}',
        /^functions\.ts:3: a namespace is not/,
      ],
      ['module N { export const x = 1 }', /^functions\.ts:1: a namespace is not supported/],
      ['type T = string\n@decorated\nexport class A {}', /^functions\.ts:2: Invalid or unexpected/],
      ['type T = string\n\nexport const n = await 1', /^functions\.ts:3: await is only valid/],
    ]
    for (const [text, message] of cases) assert.throws(() => exportsOf(text), { message })
    const { x } = exportsOf('declare namespace N { const y: number }\nexport const x = 1')
    assert.equal(x, 1)
    const broken = modulesIn(folderOf({ 'functions.js': 'const a = 1\nconst b = ;' }))
    assert.throws(() => broken('./functions.js'), { message: /^functions\.js:2: Unexpected token/ })
  })

  it('a failure names the line of the file', async () => {
    const folder = folderOf({
      'functions.ts': `${definition}
export const strict: Definition<number> = {
  parameters: ['INT'],
  returns: 'INT',
  call: (value: number): number => {
    if (value > 2) throw new RangeError('too much')
    return value
  },
}`,
    })
    const plan = planScript(
      `CREATE FUNCTION strict AS './functions.ts#strict' LANGUAGE TYPESCRIPT;
      CREATE TABLE given (i INT) WITH ('connector' = 'kafka', 'format' = 'json');
      CREATE TABLE answers (i INT) WITH ('connector' = 'kafka', 'format' = 'json');
      INSERT INTO answers SELECT strict(i) FROM given`,
      { modules: modulesIn(folder) },
    )
    const answers = async (i: number) =>
      (await runOnce(plan, new Map([['given', [{ i }]]]))).get('answers')
    assert.deepEqual(await answers(2), [{ i: 2 }])
    await assert.rejects(
      answers(3),
      /the function STRICT fails for \(3\): too much \(functions\.ts:11\)/,
    )
  })
})
