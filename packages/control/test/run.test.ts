import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { realHost } from '@millrace/host'
import { decodeRecords, Fetcher, LogClient, Producer } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { temporaryFolder } from './folder.js'
import { eventually, millrace, programsFolder, RunningMillrace } from './millrace.js'

describe('millrace run', () => {
  let broker: Broker
  let client: LogClient
  let bootstrap: string
  let directory: string
  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'millrace-run-test-'))
    const address = { host: '127.0.0.1', port: 0 }
    broker = await Broker.start({ host: realHost, directory, address })
    bootstrap = `127.0.0.1:${broker.address.port}`
    client = await LogClient.connect({ host: realHost, bootstrap })
  })
  after(async () => {
    await client.close()
    await broker.close()
    rmSync(directory, { recursive: true, force: true })
  })

  async function produce(topic: string, rows: readonly unknown[], partition = 0): Promise<void> {
    const records = rows.map((row) => ({ key: null, value: Buffer.from(JSON.stringify(row)) }))
    await new Producer(client).send(topic, partition, records)
  }

  /** What is in a topic, whether a transaction committed it or not. */
  async function valuesOf(topic: string): Promise<string[]> {
    const values: string[] = []
    const [found] = await client.topics([topic])
    const fetcher = new Fetcher(client, { isolation: 'read_committed', maxWaitMs: 20 })
    for (let partition = 0; partition < (found?.partitions ?? 0); partition++) {
      const end = await client.listOffsets(topic, partition, 'latest')
      fetcher.assign([{ topic, partition, offset: 0 }])
      while (fetcher.position(topic, partition) < end) {
        const fetched = await fetcher.poll()
        for (const record of fetched.flatMap(({ batches }) => batches).flatMap(decodeRecords)) {
          values.push(record.value?.toString() ?? '')
        }
      }
    }
    fetcher.close()
    return values.sort()
  }

  const table = (name: string, columns: string, more = '') => `
    CREATE TABLE ${name} (${columns}) WITH ('connector' = 'kafka', 'topic' = '${name}',
      'properties.bootstrap.servers' = '${bootstrap}', 'format' = 'json' ${more});`
  const bounded = ", 'scan.bounded.mode' = 'latest-offset'"

  function scriptFile(t: TestContext, text: string): string {
    const file = path.join(temporaryFolder(t), 'report.sql')
    writeFileSync(file, text)
    return file
  }

  it('runs each INSERT and each statement set over bounded inputs, and ends', async (t) => {
    await client.createTopic('numbers', { partitions: 2 })
    await produce('numbers', [{ n: 1 }, { n: 2 }])
    await produce('numbers', [{ n: 3 }], 1)
    const script = `${table('numbers', 'n INT', bounded)}
      ${table('doubled', 'n INT')} ${table('counted', 'c BIGINT')} ${table('squares', 'n INT')}
      INSERT INTO doubled SELECT n * 2 FROM numbers;
      EXECUTE STATEMENT SET BEGIN
        INSERT INTO squares SELECT n * n FROM numbers;
        INSERT INTO doubled SELECT n * 200 FROM numbers;
      END;`
    const ended = await millrace(['run', scriptFile(t, script)])
    assert.equal(ended.code, 0, ended.err)
    assert.equal(ended.out, '')
    assert.match(ended.err, /Done: 6 records read, 9 written in/)
    const doubled = [2, 4, 6, 200, 400, 600].map((n) => `{"n":${n}}`).sort()
    assert.deepEqual(await valuesOf('doubled'), doubled)
    assert.deepEqual(await valuesOf('squares'), ['{"n":1}', '{"n":4}', '{"n":9}'])
  })

  it('tells what each operator does, as a table or as lines of JSON', async (t) => {
    await client.createTopic('measured', { partitions: 1 })
    await produce('measured', [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 3 }])
    const script = scriptFile(
      t,
      `${table('measured', 'n INT', bounded)}
      CREATE TABLE often (n INT, c BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'upsert-kafka',
        'topic' = 'often', 'properties.bootstrap.servers' = '${bootstrap}', 'key.format' = 'json', 'value.format' = 'json');
      INSERT INTO often SELECT n, COUNT(*) FROM measured WHERE n > 1 GROUP BY n;`,
    )
    const shown = await millrace(['run', script, '--metrics', '60'])
    assert.equal(shown.code, 0, shown.err)
    assert.match(shown.err, /^measured +4 +4 .*\n.*insert 1 into often, group 1 +3 +2 /m)
    const ended = await millrace(['run', script, '--metrics', '--json', '--quiet'])
    const told = JSON.parse(ended.err.trim().split('\n').at(-1) ?? '')
    assert.equal(told.recordsIn, 4)
    assert.deepEqual(
      told.operators.map((each: { kind: string; numRecordsIn: number }) => [
        each.kind,
        each.numRecordsIn,
      ]),
      [
        ['source', 4],
        ['operator', 3],
        ['sink', 2],
      ],
    )
    for (const wrong of [['--json'], ['--metrics', 'often']]) {
      const refused = await millrace(['run', script, ...wrong])
      assert.equal(refused.code, 2)
      assert.match(refused.err, /--metrics/)
    }
  })

  it('shows what a script asks for, and the changes of a query on its own', async (t) => {
    const script = `${table('shown', 'n INT NOT NULL, word STRING', bounded)} SHOW TABLES; DESCRIBE shown;
      SHOW VIEWS; EXPLAIN SELECT n FROM shown;
      SELECT word, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t (word) GROUP BY word;
      SELECT n, word FROM (VALUES (1, '日本'), (2, CAST(NULL AS STRING))) AS t (n, word);`
    const ended = await millrace(['run', '--quiet', scriptFile(t, script)])
    assert.equal(ended.code, 0, ended.err)
    const bar = (...widths: number[]) =>
      `+${widths.map((width) => `${'-'.repeat(width)}+`).join('')}`
    assert.deepEqual(ended.out.trimEnd().split('\n'), [
      ...[bar(12), '| table name |', bar(12), '|      shown |', bar(12), '1 row in set', ''],
      bar(6, 8, 7, 5, 8, 11),
      '| name |   type |  null | key | extras | watermark |',
      bar(6, 8, 7, 5, 8, 11),
      '|    n |    INT | FALSE |     |        |           |',
      '| word | STRING |  TRUE |     |        |           |',
      bar(6, 8, 7, 5, 8, 11),
      ...['2 rows in set', '', 'Empty set', ''],
      ...['show', '  scan shown [n INT NOT NULL]', ''],
      ...[bar(4, 32, 22), `| op | ${'word'.padStart(30)} | ${'n'.padStart(20)} |`, bar(4, 32, 22)],
      `| +I | ${'a'.padStart(30)} | ${'2'.padStart(20)} |`,
      `| +I | ${'b'.padStart(30)} | ${'1'.padStart(20)} |`,
      ...[bar(4, 32, 22), 'Received a total of 2 rows', ''],
      ...[bar(4, 13, 32), `| op |           n | ${'word'.padStart(30)} |`, bar(4, 13, 32)],
      `| +I |           1 | ${'日本'.padStart(28)} |`,
      `| +I |           2 | ${'<NULL>'.padStart(30)} |`,
      ...[bar(4, 13, 32), 'Received a total of 2 rows'],
    ])
  })

  it("waits for each job with 'table.dml-sync', so that the next one reads what it wrote", async (t) => {
    await client.createTopic('once', { partitions: 1 })
    await client.createTopic('twice', { partitions: 1 })
    await produce('once', [{ n: 1 }, { n: 2 }])
    const script = `SET 'table.dml-sync' = 'true';
      ${table('once', 'n INT', bounded)} ${table('twice', 'n INT', bounded)} ${table('thrice', 'n INT')}
      INSERT INTO twice SELECT n + 1 FROM once;
      INSERT INTO thrice SELECT n * 10 FROM twice;`
    const ended = await millrace(['run', scriptFile(t, script), '--quiet'])
    assert.deepEqual(ended, { code: 0, out: '', err: '' })
    assert.deepEqual(await valuesOf('thrice'), ['{"n":20}', '{"n":30}'])
  })

  it('goes on from its state, and reads nothing twice', async (t) => {
    await client.createTopic('events', { partitions: 1 })
    await produce('events', [{ n: 1 }])
    const script = scriptFile(
      t,
      `${table('events', 'n INT', bounded)} ${table('copies', 'n INT')}
      INSERT INTO copies SELECT n FROM events;`,
    )
    const state = path.join(temporaryFolder(t), 'state')
    for (const more of [
      ['--state', state],
      ['--state', state, '--at-least-once'],
    ]) {
      const ended = await millrace(['run', script, ...more])
      assert.equal(ended.code, 0, ended.err)
      await produce('events', [{ n: 2 }])
    }
    assert.deepEqual(await valuesOf('copies'), ['{"n":1}', '{"n":2}'])
    assert.ok(existsSync(state))
  })

  it('goes on from a savepoint with a script that has changed', async (t) => {
    await client.createTopic('sales', { partitions: 1 })
    const numbers = table('sales', 'kind STRING, n INT')
    const counted = (name: string) => `CREATE TABLE ${name} (kind STRING, c BIGINT,
      PRIMARY KEY (kind) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = '${name}',
      'properties.bootstrap.servers' = '${bootstrap}', 'key.format' = 'json', 'value.format' = 'json');`
    const first = scriptFile(
      t,
      `${numbers} ${counted('by_kind')} ${counted('of_more')}
      INSERT INTO by_kind SELECT kind, COUNT(*) FROM sales GROUP BY kind;
      INSERT INTO of_more SELECT kind, COUNT(*) FROM sales WHERE n > 1 GROUP BY kind;`,
    )
    const second = (key: string) =>
      scriptFile(
        t,
        `${numbers} ${counted('by_kind')} ${counted('of_more')}
      INSERT INTO of_more SELECT kind, COUNT(*) FROM sales WHERE n > 1 GROUP BY kind;
      INSERT INTO by_kind SELECT ${key} AS k, COUNT(*) FROM sales AS s GROUP BY ${key};`,
      )
    const savepoint = path.join(temporaryFolder(t), 'tuesday')
    await produce('sales', [
      { kind: 'a', n: 1 },
      { kind: 'b', n: 2 },
    ])
    const running = new RunningMillrace(t, ['run', first, '--savepoint', savepoint])
    await eventually('results', async () => (await valuesOf('by_kind')).length === 2)
    await eventually('results', async () => (await valuesOf('of_more')).length === 1)
    const ended = await running.end('SIGINT')
    assert.equal(ended.code, 0, ended.err)
    assert.match(ended.err, /A savepoint is in .*tuesday/)

    await produce('sales', [{ kind: 'b', n: 3 }])
    const other = await millrace(['run', second('UPPER(s.kind)'), '--from-savepoint', savepoint])
    assert.equal(other.code, 1)
    assert.match(
      other.err,
      /line 9: .*into by_kind: its keys changed from \[kind\] to \[UPPER\(kind\)\]/,
    )
    const again = new RunningMillrace(t, ['run', second('s.kind'), '--from-savepoint', savepoint])
    await eventually('results', async () => (await valuesOf('by_kind')).length === 3)
    await eventually('results', async () => (await valuesOf('of_more')).length === 2)
    assert.equal((await again.end('SIGINT')).code, 0)
    assert.ok((await valuesOf('by_kind')).includes('{"kind":"b","c":2}'))
    assert.ok((await valuesOf('of_more')).includes('{"kind":"b","c":2}'))
    const state = path.join(temporaryFolder(t), 'state')
    const both = ['--from-savepoint', savepoint, '--state', state]
    for (const isRead of [true, false]) {
      const begun = new RunningMillrace(t, ['run', second('s.kind'), ...both])
      await begun.says((err) => isRead || /has state, .*tuesday\/2 is not read/.test(err))
      if (isRead) await eventually('state', async () => existsSync(`${state}/1/snapshot`))
      assert.equal((await begun.end('SIGINT')).code, 0)
    }
    const gone = scriptFile(
      t,
      `${numbers} ${counted('by_kind')}
      INSERT INTO by_kind SELECT kind, COUNT(*) FROM sales GROUP BY kind;`,
    )
    const refused = await millrace(['run', gone, '--from-savepoint', savepoint])
    assert.match(refused.err, /holds the state of a job that writes of_more/)
  })

  it('runs until it is stopped where an input has no end', async (t) => {
    await client.createTopic('endless', { partitions: 1 })
    await produce('endless', [{ n: 1 }])
    const script = `${table('endless', 'n INT')} ${table('passed', 'n INT')}
      INSERT INTO passed SELECT n FROM endless;`
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const running = new RunningMillrace(t, ['run', scriptFile(t, script)])
      const before = (await valuesOf('passed')).length
      await eventually('a result', async () => (await valuesOf('passed')).length > before)
      const ended = await running.end(signal)
      assert.equal(ended.code, 0, ended.err)
      assert.match(ended.err, /Stopped: 1 records read, 1 written/)
    }
  })

  it('leaves what it has read to a later run, and what it had when it was killed to none', async (t) => {
    const script = `
      CREATE TABLE made (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
      CREATE TABLE shown (n INT) WITH ('connector' = 'print', 'standard-error' = 'true');
      INSERT INTO shown SELECT n FROM made;`
    const left = async (signal: 'SIGINT' | 'SIGKILL') => {
      const before = readdirSync(programsFolder)
      const running = new RunningMillrace(t, ['run', scriptFile(t, script)])
      await running.says((err) => err.includes('+I['))
      await running.end(signal)
      return readdirSync(programsFolder).filter((name) => !before.includes(name))
    }
    const [killed, stopped] = [await left('SIGKILL'), await left('SIGINT')]
    assert.deepEqual([killed.length, stopped.length], [1, 1])
    const now = readdirSync(programsFolder)
    assert.deepEqual(
      [killed, stopped].map(([name = '']) => now.includes(name)),
      [false, true],
    )
  })

  it('says that it waits for its broker, and does not when it is stopped', async (t) => {
    const script = scriptFile(
      t,
      `CREATE TABLE away (n INT) WITH ('connector' = 'kafka', 'topic' = 'away', 'format' = 'json',
        'properties.bootstrap.servers' = '127.0.0.1:1');
      SELECT n FROM away;`,
    )
    const running = new RunningMillrace(t, ['run', script])
    await running.says((err) => err.includes('Starting, with the broker at 127.0.0.1:1 …'))
    const stoppedAt = performance.now()
    const ended = await running.end('SIGINT')
    assert.equal(ended.code, 0, ended.err)
    assert.ok(performance.now() - stoppedAt < 20_000)
  })

  it('says where a script is wrong', async (t) => {
    const script = scriptFile(
      t,
      `${table('numbers', 'n INT')}\nINSERT INTO nowhere SELECT n FROM numbers;`,
    )
    const ended = await millrace(['run', script])
    assert.equal(ended.code, 1)
    assert.equal(ended.out, '')
    const [place, line, caret, hint] = ended.err.split('\n')
    assert.equal(place, `${script}:4:13: there is no table \`nowhere\``)
    assert.equal(line, '4 | INSERT INTO nowhere SELECT n FROM numbers;')
    assert.equal(caret, '  |             ^^^^^^^')
    assert.match(hint ?? '', /^hint: /)
  })

  it('says what is missing', async (t) => {
    const nowhere = await millrace(['run', '/nowhere.sql'])
    assert.deepEqual([nowhere.code, nowhere.err], [1, 'There is no script /nowhere.sql.\n'])
    const homeless = `CREATE TABLE a (n INT) WITH ('connector' = 'kafka', 'format' = 'json');
      CREATE TABLE b (n INT) WITH ('connector' = 'kafka', 'format' = 'json');
      INSERT INTO b SELECT n FROM a;`
    const ended = await millrace(['run', scriptFile(t, homeless)])
    assert.equal(ended.code, 1)
    assert.match(ended.err, /^The table a does not say where its broker is\. .*--bootstrap-server/)
  })

  it('prints, and needs no broker for tables that are no topics', async (t) => {
    const script = `
      CREATE TABLE made (n INT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence',
        'fields.n.start' = '1', 'fields.n.end' = '3');
      CREATE TABLE shown (n INT) WITH ('connector' = 'print', 'print-identifier' = 'n');
      CREATE TABLE gone (n INT) WITH ('connector' = 'blackhole');
      INSERT INTO shown SELECT n FROM made;
      INSERT INTO gone SELECT n FROM made;`
    const ended = await millrace(['run', scriptFile(t, script)])
    assert.equal(ended.code, 0, ended.err)
    assert.equal(ended.out, 'n> +I[1]\nn> +I[2]\nn> +I[3]\n')
    assert.match(ended.err, /Done: 6 records read, 6 written/)
  })

  it('calls functions in modules beside the script, and says for which row one fails', async (t) => {
    const script = (last: number) => `
      CREATE FUNCTION half AS './lib/halves.mjs#half' LANGUAGE JAVASCRIPT;
      CREATE TABLE made (n INT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence',
        'fields.n.start' = '1', 'fields.n.end' = '${last}');
      CREATE TABLE shown (n DOUBLE) WITH ('connector' = 'print');
      INSERT INTO shown SELECT half(n) FROM made;`
    const file = scriptFile(t, script(3))
    const lib = path.join(path.dirname(file), 'lib')
    mkdirSync(lib)
    writeFileSync(path.join(lib, 'two.mjs'), 'export const two = 2')
    writeFileSync(
      path.join(lib, 'halves.mjs'),
      `import { two } from './two.mjs'
      export const half = { parameters: ['INT'], returns: 'DOUBLE', call(n) {
        if (n > 3) throw new Error('that is too much')
        return n / two
      } }`,
    )
    const ended = await millrace(['run', file])
    assert.equal(ended.code, 0, ended.err)
    assert.equal(ended.out, '+I[0.5]\n+I[1.0]\n+I[1.5]\n')
    writeFileSync(file, script(5))
    const failed = await millrace(['run', file])
    assert.equal(failed.code, 1)
    assert.match(failed.err, /^line \d+: the function HALF fails for \(4\): that is too much/m)
  })

  it('ends with why a job failed', async (t) => {
    await client.createTopic('broken', { partitions: 1 })
    await produce('broken', [{ n: 'x' }])
    const script = `${table('broken', 'n INT', bounded)} ${table('never', 'n INT')}
      INSERT INTO never SELECT n FROM broken;`
    const ended = await millrace(['run', scriptFile(t, script)])
    assert.equal(ended.code, 1)
    assert.match(ended.err, /topic broken, partition 0, offset 0: field 'n'/)
  })
})
