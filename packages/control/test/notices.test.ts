import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedClock } from '@millrace/host'
import { restartNoticeEveryMs } from '../src/limits.js'
import { RoleNotices } from '../src/supervise/notices.js'

test('restarts are told once in a while, each role by itself; giving up is always told', () => {
  const clock = new SimulatedClock()
  const told: string[] = []
  const notices = new RoleNotices(clock, '/data', (line) => told.push(line))
  const restarting = { status: 'restarting', reason: 'a record\n cannot be read.' } as const
  const restart = 'The job sales has ended and starts again: a record cannot be read.'
  for (let i = 0; i < 5; i++) notices.ended('job sales', restarting)
  assert.deepEqual(told, [restart])
  notices.ended('tables', restarting)
  assert.match(told[1] ?? '', /^The process of the tables has ended/)
  clock.advance(restartNoticeEveryMs)
  notices.ended('job sales', restarting)
  assert.equal(told[2], restart)
  notices.ended('job sales', { ...restarting, status: 'failed' })
  assert.equal(
    told[3],
    'The job sales does not run any more: a record cannot be read. ' +
      'See `millrace jobs`; the log is /data/millrace.log.',
  )
})
