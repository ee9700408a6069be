import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from './folder.js'
import { type Ended, millrace, ridesFolder } from './millrace.js'

/** Exactly one line, on standard error, that says `what`; exit code 1, or 2 for wrong usage. */
function oneLine(ended: Ended, what: RegExp, code = 1): void {
  assert.equal(ended.out, '')
  assert.match(ended.err, what)
  assert.equal(ended.err.trimEnd().split('\n').length, 1, ended.err)
  assert.equal(ended.code, code)
}

/** A copy of the example, to be spoilt. */
function copyOfRides(folder: string): string {
  const copy = path.join(folder, 'rides')
  const filter = (source: string) => path.basename(source) !== '.millrace'
  cpSync(ridesFolder, copy, { recursive: true, filter })
  return copy
}

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8')
  assert.ok(text.includes(from))
  writeFileSync(file, text.replace(from, to))
}

test('a taken port: which, whose, and how to choose another', async (t) => {
  const taken = net.createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.after(() => taken.close())
  const { port } = taken.address() as net.AddressInfo
  const folder = temporaryFolder(t)
  const ports = `kafka=${port},registry=0,gateway=0,query=0,console=0`
  const ended = await millrace(['up', ridesFolder, '--data', folder, '--ports', ports])
  oneLine(ended, new RegExp(`^Port ${port} \\(kafka\\) is taken .*--ports kafka=.*--free-ports`))
})

test('a missing directory', async (t) => {
  const folder = path.join(temporaryFolder(t), 'shop')
  oneLine(await millrace(['up', folder]), /^There is no folder .*shop\. .*millrace new/)
  oneLine(await millrace(['test', folder]), /^There is no folder .*shop\./)
  oneLine(await millrace(['topics', '-C', folder]), /^There is no folder .*shop\./)
})

test('options before a command of `exceptions`, which would not reach it', async (t) => {
  const folder = temporaryFolder(t)
  const early = await millrace(['exceptions', '--topic', 'orders', 'resend', '-C', folder])
  oneLine(early, /^`--topic` must stand behind `resend`, not before it\. /, 2)
  const show = ['show', 'orders.exceptions:0:1']
  const project = await millrace(['exceptions', '-C', folder, ...show])
  oneLine(project, /^`--project` must stand behind `show`, not before it\. /, 2)
  oneLine(await millrace(['exceptions', ...show, '-C', folder]), /^Nothing runs in /)
})

test('a file where a folder should be', async (t) => {
  const file = path.join(temporaryFolder(t), 'shop')
  writeFileSync(file, '')
  for (const command of [
    ['up', file],
    ['test', file],
    ['new', file],
    ['jobs', '-C', file],
  ]) {
    oneLine(await millrace(command), /shop is a file, not a folder\.\n$/)
  }
})

test('a broken YAML', async (t) => {
  const copy = copyOfRides(temporaryFolder(t))
  edit(path.join(copy, 'topics', 'trips.yaml'), 'owner: dispatch', 'owner: [dispatch')
  oneLine(await millrace(['up', copy]), /^topics\/trips\.yaml:\d+:\d+: this is not YAML: /)
})

test('a wrong key in a YAML', async (t) => {
  const copy = copyOfRides(temporaryFolder(t))
  edit(path.join(copy, 'topics', 'trips.yaml'), 'partitions: 4', 'partition: 4')
  oneLine(
    await millrace(['up', copy]),
    /^topics\/trips\.yaml:5:1: unknown key `partition`\. Did you mean `partitions`\?\n$/,
  )
})

test('a wrong SQL in a pipeline', async (t) => {
  const copy = copyOfRides(temporaryFolder(t))
  edit(path.join(copy, 'pipelines', 'surge.sql'), 'AVG(CAST(fare', 'AVG(CAST(fair')
  oneLine(await millrace(['up', copy]), /^pipelines\/surge\.sql:\d+:\d+: .*fair.*fare/)
})

test('an unreadable CSV', async (t) => {
  const folder = temporaryFolder(t)
  const missing = path.join(folder, 'no.csv')
  oneLine(await millrace(['demo', '--trips', missing]), /no\.csv cannot be replayed: there is no/)
  const wrong = path.join(folder, 'wrong.csv')
  writeFileSync(wrong, 'a,b\n1,2\n')
  oneLine(
    await millrace(['demo', '--trips', wrong]),
    /wrong\.csv cannot be replayed: it has no column `pickup_community_area`/,
  )
})

test('wrong options', async (t) => {
  const data = ['--data', temporaryFolder(t)]
  oneLine(
    await millrace(['up', ridesFolder, ...data, '--ports', 'kafak=1']),
    /no port `kafak`\. Did you mean `kafka`\? See `millrace up --help`\.\n$/,
    2,
  )
  oneLine(
    await millrace(['up', ridesFolder, ...data, '--ports', 'kafka=80000']),
    /`kafka=80000` must be a whole number from 0 to 65535/,
    2,
  )
  oneLine(
    await millrace(['demo', ...data, '--rate', 'fast']),
    /--rate: `fast` must be a whole number from 1 on\. See `millrace demo --help`\.\n$/,
    2,
  )
})

test('nothing runs there', async () => {
  for (const command of [
    ['sql', 'SELECT 1'],
    ['topics'],
    ['jobs'],
    ['tail', 'x'],
    ['produce', 'x'],
  ]) {
    const folder = path.join(ridesFolder, 'topics')
    oneLine(await millrace([...command, '-C', folder]), /^Nothing runs in .*millrace up/)
  }
})

test('an unknown command: what was meant', async () => {
  const unknown = await millrace(['up', '--prots', 'kafka=1'])
  assert.match(
    unknown.err,
    /unknown option '--prots'.*Did you mean --ports\?.*\nSee `millrace up --help`/s,
  )
  assert.equal(unknown.code, 2)
  const { code, err } = await millrace(['tial', 'trips'])
  assert.match(err, /unknown command 'tial'\n\(Did you mean tail\?\)\nSee `millrace --help`\.\n$/)
  assert.equal(code, 2)
})

test('each command has a help with examples', async () => {
  const { out } = await millrace(['--help'])
  for (const command of ['up', 'new', 'demo', 'produce', 'tail', 'sql', 'topics', 'jobs', 'test']) {
    assert.match(out, new RegExp(`^  ${command} `, 'm'))
    const help = await millrace([command, '--help'])
    assert.equal(help.code, 0)
    assert.match(help.out, /--json/)
    assert.match(help.out, new RegExp(`Examples:\n(.*\n)*.*millrace ${command}`))
  }
})

test('the version is the package’s', async () => {
  const { code, out } = await millrace(['--version'])
  assert.match(out, /^\d+\.\d+\.\d+\n$/)
  assert.equal(code, 0)
})
