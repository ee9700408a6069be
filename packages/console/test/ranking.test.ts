import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Link, rankStages, slotsAlong } from '../src/pipeline/ranking.js'

function links(...pairs: string[]): Link[] {
  return pairs.map((pair) => {
    const [from = '', to = ''] = pair.split('>')
    return { from, to }
  })
}

/** Columns as text; a waypoint is a dot. */
function columnsOf(ids: string, ...pairs: string[]): string {
  return rankStages(ids.split(' '), links(...pairs))
    .columns.map((column) =>
      column.map((slot) => (slot.kind === 'stage' ? slot.id : '.')).join(' '),
    )
    .join(' | ')
}

test('a chain is one stage a column', () => {
  assert.equal(columnsOf('g t j o', 'g>t', 't>j', 'j>o'), 'g | t | j | o')
})

test('a stage stands right of everything that feeds it, however long the way', () => {
  assert.equal(columnsOf('a b c d', 'a>d', 'a>b', 'b>c', 'c>d'), 'a | b . | c . | d')
})

test('a source stands right before its first reader', () => {
  assert.equal(columnsOf('a b c zones', 'a>b', 'b>c', 'zones>c'), 'a | b zones | c')
})

test('columns are ordered so that parallel chains do not cross', () => {
  assert.equal(columnsOf('g t1 t2 j2 j1', 'g>t1', 'g>t2', 't1>j1', 't2>j2'), 'g | t1 t2 | j1 j2')
})

test('a link that closes a cycle runs backward, and every stage still has a place', () => {
  const ranking = rankStages(['a', 'b', 'c'], links('a>b', 'b>c', 'c>b'))
  assert.deepEqual(ranking.backward, [false, false, true])
  assert.equal(ranking.columns.flat().length, 3)
  const closed = rankStages(['a', 'b'], links('a>b', 'b>a'))
  assert.deepEqual(closed.backward, [false, true])
})

test('unknown stages, self-links and repeated links are left out', () => {
  const ranking = rankStages(['a', 'b'], links('a>b', 'a>b', 'a>a', 'a>gone', 'gone>b'))
  assert.deepEqual(ranking.links, links('a>b'))
})

test('a long link passes a waypoint in each column between', () => {
  const ranking = rankStages(['a', 'b', 'c', 'd'], links('a>b', 'b>c', 'c>d', 'a>d'))
  assert.deepEqual(slotsAlong(3, ranking), ['a', 'link 3 at 1', 'link 3 at 2', 'd'])
})

test('nothing is ranked as nothing', () => {
  assert.deepEqual(rankStages([], []), { columns: [], links: [], backward: [] })
})
