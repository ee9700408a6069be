import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Disk, type Host, realHost, SimulatedDisk, seededRandom } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'
import { KillableHost } from './killable-host.js'

interface Options {
  host?: Host
  disk?: Disk
  stepRecordsMax?: number
}

async function start(script: string, options: Options = {}): Promise<[Job, string[]]> {
  const { disk = new SimulatedDisk(), ...more } = options
  const printed: string[] = []
  const job = await Job.start({
    host: { ...realHost, disk },
    name: 'job',
    plan: planScript(script),
    directory: '/state/job',
    bootstrap: '',
    registryUrl: '',
    print: (line) => printed.push(line),
    ...more,
  })
  return [job, printed]
}

function write(disk: Disk, path: string, text: string): void {
  disk.makeDirectory(path.slice(0, path.lastIndexOf('/')))
  disk.replaceFile(path, text)
}

/** The visible files below a folder, with what they hold. */
function filesIn(disk: Disk, folder: string): [path: string, text: string][] {
  return disk.list(folder).flatMap((name): [string, string][] => {
    if (name.startsWith('.')) return []
    const path = `${folder}/${name}`
    if (disk.kind(path) === 'directory') return filesIn(disk, path)
    return [[path, disk.readFile(path).toString()]]
  })
}

function linesIn(disk: Disk, folder: string): string[] {
  return filesIn(disk, folder).flatMap(([, text]) => text.split('\n').filter((line) => line !== ''))
}

const shown = (columns: string) => `
  CREATE TABLE shown (${columns}) WITH ('connector' = 'print');
  INSERT INTO shown SELECT * FROM files;`

const files = (columns: string, options: string, more = '') =>
  `CREATE TABLE files (${columns}) ${more} WITH ('connector' = 'filesystem', 'path' = '/in', ${options});`

describe('files that are read', () => {
  it('come in the order of their paths, hidden ones not at all', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/in/b.json', '{"a":3}\n{"a":4}')
    write(disk, '/in/a/x.json', '{"a":1}\r\n{"a":2}\n')
    write(disk, '/in/_SUCCESS', '')
    write(disk, '/in/.c.json', '{"a":5}')
    const script = files('a INT', "'format' = 'json'") + shown('a INT')
    for (const stepRecordsMax of [1, 3, 100]) {
      const [job, printed] = await start(script, {
        disk: copyOf(disk),
        stepRecordsMax,
      })
      await job.done
      assert.deepEqual(printed, ['+I[1]', '+I[2]', '+I[3]', '+I[4]'])
      assert.equal(job.metrics().recordsIn, 4)
    }
  })

  it('may be one file, and lines of CSV go on within quotes', async () => {
    const disk = new SimulatedDisk()
    disk.replaceFile('/in', '1,"x\ny"\n2,z\n3,"a ""b"""')
    const [job, printed] = await start(
      files('a INT, b STRING', "'format' = 'csv'") + shown('a INT, b STRING'),
      { disk },
    )
    await job.done
    assert.deepEqual(printed, ['+I[1, x\ny]', '+I[2, z]', '+I[3, a "b"]'])
  })

  it('pass over comments of CSV, and what cannot be read where that is asked for', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/in/a', '# one "\n1\n\n# two\nx,y\n2\n# three')
    const [job, printed] = await start(
      files(
        'a INT',
        "'format' = 'csv', 'csv.allow-comments' = 'true', 'csv.ignore-parse-errors' = 'true'",
      ) + shown('a INT'),
      { disk },
    )
    await job.done
    assert.deepEqual(printed, ['+I[1]', '+I[2]'])
    assert.equal(job.metrics().skipped, 1)
  })

  it('give the columns of their folders, and what is known of them', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/in/day=2026-01-04/city=a%2Fb/f', '{"n":1}\n')
    write(disk, '/in/day=__DEFAULT_PARTITION__/city=c/f', '{"n":2}\n')
    write(disk, '/in/elsewhere/city=c/f', '{"n":3}\n')
    const [job, printed] = await start(
      `CREATE TABLE files (n INT, city STRING, \`day\` DATE, name STRING NOT NULL METADATA FROM 'file.name', path STRING METADATA FROM 'file.path', size BIGINT METADATA FROM 'file.size', \`at\` TIMESTAMP_LTZ(3) METADATA FROM 'file.modification-time')
       PARTITIONED BY (\`day\`, city) WITH ('connector' = 'filesystem', 'path' = 'file:///in', 'format' = 'json');` +
        shown(
          'n INT, city STRING, `day` DATE, name STRING, path STRING, size BIGINT, `at` TIMESTAMP_LTZ(3)',
        ),
      { disk },
    )
    await job.done
    assert.deepEqual(printed, [
      '+I[1, a/b, 2026-01-04, f, /in/day=2026-01-04/city=a%2Fb/f, 8, 1970-01-01T00:00:00Z]',
      '+I[2, c, null, f, /in/day=__DEFAULT_PARTITION__/city=c/f, 8, 1970-01-01T00:00:00Z]',
    ])
  })

  it('are watched for, each read once, stopped and started or not', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/in/a', '1\n2\n')
    const script =
      files('a INT', "'format' = 'csv', 'source.monitor-interval' = '1 ms'") + shown('a INT')
    const [first, before] = await start(script, { disk, stepRecordsMax: 1 })
    await until(() => before.length === 2)
    write(disk, '/in/b', '3\n')
    await until(() => before.length === 3)
    await first.stop()
    write(disk, '/in/0', '4\n')
    disk.remove('/in/a')
    const [second, after] = await start(script, { disk })
    await until(() => after.length === 1)
    write(disk, '/in/c', '5\n')
    await second.drain()
    assert.deepEqual([...before, ...after], ['+I[1]', '+I[2]', '+I[3]', '+I[4]', '+I[5]'])
  })

  it('end the job where they cannot be read, or are not there', async () => {
    const disk = new SimulatedDisk()
    const script = files('a INT', "'format' = 'json'") + shown('a INT')
    await assert.rejects(start(script, { disk }), /table files: there is no \/in/)
    write(disk, '/in/a', '{"a":1}\n{"a":')
    const [job] = await start(script, { disk })
    await assert.rejects(job.done, /file \/in\/a, byte 8: /)
  })
})

describe('files that are written', () => {
  const copy = (options: string, more = '') => `
    ${files('a INT, b STRING', "'format' = 'csv'")}
    CREATE TABLE written (a INT, b STRING) ${more} WITH ('connector' = 'filesystem', 'path' = '/out', ${options});
    INSERT INTO written SELECT * FROM files;`

  it('lie in folders, and are read again', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/in/a', '1,x\n2,"y/z"\n3,x\n4,\n')
    const [job] = await start(copy("'format' = 'json'", 'PARTITIONED BY (b)'), { disk })
    await job.done
    const found = filesIn(disk, '/out').map(([path, text]) => [path.replace(/part-.*/, ''), text])
    assert.deepEqual(found, [
      ['/out/b=__DEFAULT_PARTITION__/', '{"a":4}\n'],
      ['/out/b=x/', '{"a":1}\n{"a":3}\n'],
      ['/out/b=y%2Fz/', '{"a":2}\n'],
    ])
  })

  it('are whole at their size, and hidden before', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/in/a', Array.from({ length: 10 }, (_, a) => `${a},x\n`).join(''))
    const options = "'format' = 'csv', 'sink.rolling-policy.file-size' = '12 b'"
    const [job] = await start(copy(options), { disk, stepRecordsMax: 2 })
    await job.done
    const found = filesIn(disk, '/out').map(([, text]) => text.replaceAll('\n', ' '))
    assert.deepEqual(found.sort(), ['0,x 1,x 2,x ', '3,x 4,x 5,x ', '6,x 7,x 8,x ', '9,x '])
  })

  it('are whole when nothing came for a while, and go on after a stop until then', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/in/a', '1,x\n')
    const script = (interval: string) =>
      copy(`'format' = 'csv', 'sink.rolling-policy.inactivity-interval' = '${interval}'`).replace(
        "'path' = '/in',",
        "'path' = '/in', 'source.monitor-interval' = '1 ms',",
      )
    const [first] = await start(script('1 h'), { disk })
    await until(() => first.metrics().recordsOut === 1)
    await first.stop()
    assert.deepEqual(filesIn(disk, '/out'), [])
    write(disk, '/in/b', '2,x\n')
    const [second] = await start(script('1 ms'), { disk })
    await until(() => linesIn(disk, '/out').length === 2)
    await second.stop()
  })

  it('become whole where a changed script writes them no longer', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/in/a', '1,x\n')
    const watched = (script: string) =>
      script.replace("'path' = '/in',", "'path' = '/in', 'source.monitor-interval' = '1 ms',")
    const [first] = await start(watched(copy("'format' = 'csv'")), { disk })
    await until(() => first.metrics().recordsOut === 1)
    await first.stop()
    const script = files('a INT, b STRING', "'format' = 'csv'") + shown('a INT, b STRING')
    const [second] = await start(watched(script), { disk })
    await second.stop()
    assert.deepEqual(linesIn(disk, '/out'), ['1,x'])
  })

  for (let seed = 1; seed <= 20; seed++) {
    it(`hold each row once, killed again and again (seed ${seed})`, async () => {
      const random = seededRandom(seed)
      const disk = new SimulatedDisk()
      const lines = Array.from({ length: 60 }, (_, a) => `${a},${'xyz'[random.below(3)]}`)
      for (let file = 0; file < 3; file++) {
        const part = lines.slice(file * 20, file * 20 + 20)
        write(disk, `/in/${file}`, `${part.join('\n')}\n`)
      }
      const options = `'format' = 'csv', 'sink.rolling-policy.file-size' = '${20 + random.below(60)} b'`
      const script = copy(options, seed % 2 === 0 ? 'PARTITIONED BY (b)' : '')
      let deaths = 0
      for (;;) {
        const killAt = deaths < 6 ? random.below(120) : Number.POSITIVE_INFINITY
        const host = new KillableHost({ ...realHost, disk }, killAt)
        const outcome = await start(script, { host, stepRecordsMax: 1 + random.below(9) })
          .then(([job]) => job.done)
          .then(
            () => undefined,
            (error: unknown) => error,
          )
        if (outcome === undefined) break
        assert.ok(host.killed, `it died by itself: ${outcome}`)
        disk.crash(random)
        deaths++
      }
      const expected = seed % 2 === 0 ? lines.map((line) => line.split(',')[0]) : lines
      assert.deepEqual(linesIn(disk, '/out').sort(), [...expected].sort())
      assert.deepEqual(hiddenIn(disk, '/out'), [])
    })
  }
})

function hiddenIn(disk: Disk, folder: string): string[] {
  return disk.list(folder).flatMap((name) => {
    const path = `${folder}/${name}`
    if (disk.kind(path) === 'directory') return hiddenIn(disk, path)
    return name.startsWith('.') ? [path] : []
  })
}

function copyOf(disk: Disk): Disk {
  const copy = new SimulatedDisk()
  const visit = (folder: string) => {
    for (const name of disk.list(folder)) {
      const path = `${folder}/${name}`
      if (disk.kind(path) === 'directory') visit(path)
      else write(copy, path, disk.readFile(path).toString())
    }
  }
  visit('/in')
  return copy
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await realHost.clock.sleep(1)
}
