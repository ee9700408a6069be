import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { breaches } from './architecture/check.js'
import { missingFiles, namedFiles, projectPaths } from './architecture/named-files.js'
import { packageRules } from './architecture/rules.js'
import { readSource, readSources } from './architecture/source.js'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..')

test('no import breaks the rules', () => {
  const sources = readSources(root)
  assert.ok(sources.length > 50, `only ${sources.length} files were read`)
  assert.deepEqual(breaches(sources), [])
})

test('each package depends in its package.json on what the rules allow, and on no more', () => {
  for (const [name, allowed] of Object.entries(packageRules)) {
    const place = name === 'simulation' ? name : path.join('packages', name)
    const file = path.join(root, place, 'package.json')
    const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8'))
    const ours = Object.keys(dependencies).filter((each) => each.startsWith('@millrace/'))
    const owners = allowed.map((each) => `@millrace/${each.split('/')[0]}`)
    for (const each of ours) assert.ok(owners.includes(each), `${file} depends on ${each}`)
  }
})

test('each file that the design documents name is there', () => {
  const paths = projectPaths(root)
  const documents = paths.filter((each) =>
    /^((packages\/[^/]+|simulation)\/DESIGN|ARCHITECTURE|CONTRIBUTING|benchmarks\/README)\.md$/.test(
      each,
    ),
  )
  assert.ok(documents.length > 10, `only ${documents.length} documents were found`)
  const missing = documents.flatMap((document) => {
    const named = namedFiles(readFileSync(path.join(root, document), 'utf8'))
    return missingFiles(named, document, paths).map(
      ({ name, line }) => `${document}:${line}: there is no ${name}`,
    )
  })
  assert.deepEqual(missing, [])
})

test('a file that is named and not there is found, in a drawing of folders and in a sentence', () => {
  const text = [
    '```',
    'src/',
    '  a/        what is first',
    '    one.ts two.ts   both',
    '  three.ts  what is last',
    '```',
    'See `test/*.test.ts` and `four.ts`, but not `five` or `Six.prototype`.',
  ].join('\n')
  const paths = ['p/src', 'p/src/a', 'p/src/a/one.ts', 'p/src/two.ts', 'p/test/x.test.ts']
  assert.deepEqual(missingFiles(namedFiles(text), 'p/DESIGN.md', paths), [
    { name: 'src/a/two.ts', line: 4 },
    { name: 'src/three.ts', line: 5 },
    { name: 'four.ts', line: 7 },
  ])
})

// The test of the test: each kind of breach, planted, is found, and named where it stands.
const planted: readonly { file: string; text: string; finds: string }[] = [
  {
    file: 'packages/log/src/broker/x.ts',
    text: `import { avroCodec } from '@millrace/schema'`,
    finds: 'packages/log/src/broker/x.ts:1: log may not import @millrace/schema',
  },
  {
    file: 'packages/gateway/src/x.ts',
    text: `\nimport type { Job } from '@millrace/stream'`,
    finds: 'packages/gateway/src/x.ts:2: gateway may not import @millrace/stream',
  },
  {
    file: 'packages/olap/src/x.ts',
    text: `export * from '@millrace/log/dist/src/records/batch.js'`,
    finds:
      'packages/olap/src/x.ts:1: imports @millrace/log/dist/src/records/batch.js: a path into another package, not its door',
  },
  {
    file: 'packages/olap/src/x.ts',
    text: `const late = await import('../../query/src/index.js')`,
    finds:
      'packages/olap/src/x.ts:1: imports packages/query/src/index.js: a path out of its package',
  },
  {
    file: 'packages/console/src/x.tsx',
    text: `import { startPlatform } from '@millrace/control'`,
    finds: 'packages/console/src/x.tsx:1: console may not import @millrace/control',
  },
  {
    file: 'packages/stream/src/runtime/x.ts',
    text: `import { parseScript } from '../sql/index.js'`,
    finds: 'packages/stream/src/runtime/x.ts:1: stream/runtime may not import stream/sql',
  },
  {
    file: 'packages/stream/src/sql/x.ts',
    text: `let node: import('../plan/node.js').PlanNode`,
    finds: 'packages/stream/src/sql/x.ts:1: stream/sql may not import stream/plan',
  },
  {
    file: 'packages/stream/src/plan/x.ts',
    text: `import { Parser } from '../sql/parser/parser.js'`,
    finds:
      'packages/stream/src/plan/x.ts:1: imports packages/stream/src/sql/parser/parser.js past the door of stream/sql',
  },
  {
    file: 'packages/stream/src/somewhere/x.ts',
    text: `import { a } from '../plan/node.js'`,
    finds:
      'packages/stream/src/somewhere/x.ts:1: folder stream/somewhere has no rule in test/architecture/rules.ts',
  },
  {
    file: 'packages/log/src/storage/x.ts',
    text: `import fs from 'node:fs'`,
    finds: 'packages/log/src/storage/x.ts:1: imports node:fs, which only host may',
  },
  {
    file: 'packages/stream/src/runtime/x.ts',
    text: `const at = () => [Date.now(), new Date(), Math.random()]`,
    finds: 'packages/stream/src/runtime/x.ts:1: Date.now goes behind the back of @millrace/host',
  },
  {
    file: 'packages/schema/src/x.ts',
    text: `setTimeout(() => {}, 1)`,
    finds: 'packages/schema/src/x.ts:1: setTimeout goes behind the back of @millrace/host',
  },
  {
    file: 'packages/olap/src/x.ts',
    text: `const answer = await fetch('http://127.0.0.1')`,
    finds: 'packages/olap/src/x.ts:1: fetch goes behind the back of @millrace/host',
  },
  {
    file: 'packages/newcomer/src/x.ts',
    text: ``,
    finds: 'packages/newcomer/src/x.ts: package newcomer has no rule in test/architecture/rules.ts',
  },
]

for (const { file, text, finds } of planted) {
  test(`a planted breach is found: ${finds}`, () => {
    assert.ok(breaches([readSource(file, text)]).includes(finds))
  })
}

test('what is allowed is not reported', () => {
  const text = [
    `import { decodeRecords } from '@millrace/log'`,
    `import { rows } from '../state/rows.js'`,
    `import type { Plan } from '../plan/node.js'`,
    `const day = new Date(0).toISOString()`,
  ].join('\n')
  assert.deepEqual(breaches([readSource('packages/stream/src/runtime/x.ts', text)]), [])
})
