import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { realHost, SimulatedDisk } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'

const script = `
  CREATE TABLE bids (id INT, item INT, p AS PROCTIME()) WITH ('connector' = 'filesystem', 'path' = '/bids', 'format' = 'json');
  CREATE TABLE items (item INT, name STRING, kind STRING) PARTITIONED BY (kind)
    WITH ('connector' = 'filesystem', 'path' = '/items', 'format' = 'json');
  CREATE TABLE named (id INT, name STRING, kind STRING) WITH ('connector' = 'print');
  INSERT INTO named SELECT b.id, i.name, i.kind FROM bids AS b JOIN items FOR SYSTEM_TIME AS OF b.p AS i ON b.item = i.item;`

function write(disk: SimulatedDisk, path: string, text: string): void {
  disk.makeDirectory(path.slice(0, path.lastIndexOf('/')))
  disk.replaceFile(path, text)
}

async function start(disk: SimulatedDisk, printed: string[], text = script): Promise<Job> {
  return Job.start({
    host: { ...realHost, disk },
    name: 'job',
    plan: planScript(text),
    directory: '/state/job',
    bootstrap: '',
    registryUrl: '',
    stepRecordsMax: 1,
    print: (line) => printed.push(line),
  })
}

describe('a table of files that is looked up', () => {
  it('is read whole before the first row, and again when the job is started again', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/bids/a.json', '{"id":1,"item":1}\n{"id":2,"item":2}\n')
    write(disk, '/items/kind=old/a.json', '{"item":1,"name":"a"}\n')
    write(disk, '/items/kind=new/b.json', '{"item":2,"name":"b"}\n{"item":3,"name":"c"}\n')
    const printed: string[] = []
    await (await start(disk, printed)).done
    assert.deepEqual(printed.splice(0), ['+I[1, a, old]', '+I[2, b, new]'])
    write(disk, '/bids/b.json', '{"id":3,"item":1}\n{"id":4,"item":3}\n')
    write(disk, '/items/kind=old/a.json', '{"item":1,"name":"z"}\n')
    await (await start(disk, printed)).done
    assert.deepEqual(printed, ['+I[3, z, old]', '+I[4, c, new]'])
  })

  it('keeps nothing in the journal: it may come into a script and leave it', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/bids/a.json', '{"id":1,"item":1}\n')
    write(disk, '/items/kind=old/a.json', '{"item":1,"name":"a"}\n')
    const printed: string[] = []
    const alone = script.replace(/SELECT b\.id.*;/, "SELECT id, 'none', 'none' FROM bids;")
    await (await start(disk, printed, alone)).done
    write(disk, '/bids/b.json', '{"id":2,"item":1}\n')
    await (await start(disk, printed)).done
    write(disk, '/bids/c.json', '{"id":3,"item":1}\n')
    await (await start(disk, printed, alone)).done
    assert.deepEqual(printed, ['+I[1, none, none]', '+I[2, a, old]', '+I[3, none, none]'])
  })

  it('that is not there, or cannot be read, ends the start with its name', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/bids/a.json', '{"id":1,"item":1}\n')
    await assert.rejects(start(disk, []), /table items: there is no \/items/)
    write(disk, '/items/kind=old/a.json', '{"item":"x"}\n')
    await assert.rejects(start(disk, []), /file \/items\/kind=old\/a\.json/)
  })

  for (const interval of ['5 ms', undefined]) {
    it(`that may change is read again ${interval === undefined ? 'never' : 'while the job runs'}`, async () => {
      const disk = new SimulatedDisk()
      const option = interval && `'lookup.full-cache.periodic-reload.interval' = '${interval}', `
      const text = script
        .replace("'path' = '/bids',", "'path' = '/bids', 'source.monitor-interval' = '5 ms',")
        .replace("'path' = '/items',", `'path' = '/items', ${option ?? ''}`)
      write(disk, '/bids/a.json', '{"id":1,"item":1}\n')
      write(disk, '/items/kind=old/a.json', '{"item":1,"name":"a"}\n')
      const printed: string[] = []
      const job = await start(disk, printed, text)
      while (printed.length < 1) await pause(5)
      write(disk, '/items/kind=old/a.json', '{"item":1,"name":"another"}\n')
      write(disk, '/items/kind=new/b.json', '{"item":2,"name":"b"}\n')
      await pause(20)
      write(disk, '/bids/b.json', '{"id":2,"item":1}\n{"id":3,"item":2}\n{"id":4,"item":1}\n')
      const wanted = interval === undefined ? 3 : 4
      while (printed.length < wanted) await pause(5)
      await job.stop()
      assert.deepEqual(
        printed,
        interval === undefined
          ? ['+I[1, a, old]', '+I[2, a, old]', '+I[4, a, old]']
          : ['+I[1, a, old]', '+I[2, another, old]', '+I[3, b, new]', '+I[4, another, old]'],
      )
    })
  }

  it('that cannot be read any more ends the job with its name', async () => {
    const disk = new SimulatedDisk()
    const option = "'lookup.full-cache.periodic-reload.interval' = '5 ms',"
    const text = script
      .replace("'path' = '/bids',", "'path' = '/bids', 'source.monitor-interval' = '5 ms',")
      .replace("'path' = '/items',", `'path' = '/items', ${option}`)
    write(disk, '/bids/a.json', '{"id":1,"item":1}\n')
    write(disk, '/items/kind=old/a.json', '{"item":1,"name":"a"}\n')
    const printed: string[] = []
    const job = await start(disk, printed, text)
    const ended = assert.rejects(job.done, /file \/items\/kind=old\/a\.json/)
    while (printed.length < 1) await pause(5)
    write(disk, '/items/kind=old/a.json', '{"item":"none"}\n')
    await pause(20)
    write(disk, '/bids/b.json', '{"id":2,"item":1}\n')
    await ended
  })
})
