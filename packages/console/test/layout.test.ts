import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Box, type Layout, layoutDownward, layoutRightward } from '../src/pipeline/layout.js'
import { placeDownwards, placeInOrder } from '../src/pipeline/placement.js'
import { rankStages } from '../src/pipeline/ranking.js'
import { branchingAt, manyStagesAt, ridesAt } from './recording.js'

const cardHeight = 172

function rightward(view: ReturnType<typeof ridesAt>, width: number): Layout {
  const ids = view.stages.map(({ id }) => id)
  return layoutRightward(rankStages(ids, view.links), { width, cardHeight })
}

function overlapping(layout: Layout): [string, string][] {
  const boxes = [...layout.boxes]
  const apart = (a: Box, b: Box) =>
    a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
  return boxes.flatMap(([one, a], at) =>
    boxes
      .slice(at + 1)
      .flatMap(([other, b]): [string, string][] => (apart(a, b) ? [] : [[one, other]])),
  )
}

test('a chain fills the width, in one row', () => {
  const layout = rightward(ridesAt(1), 1528)
  const boxes = [...layout.boxes.values()]
  assert.equal(layout.width, 1528)
  assert.equal(layout.height, cardHeight)
  assert.ok(boxes.every(({ y }) => y === 0))
  assert.ok(boxes.every(({ x, width }, at) => at === 0 || x > (boxes[at - 1]?.x ?? 0) + width))
})

for (const [name, view] of [
  ['branches', branchingAt(1)],
  ['200 stages', manyStagesAt(1)],
] as const) {
  test(`${name}: each stage has a card inside the drawing, and none overlaps another`, () => {
    for (const width of [720, 1528]) {
      const layout = rightward(view, width)
      assert.equal(layout.boxes.size, view.stages.length)
      assert.deepEqual(overlapping(layout), [])
      for (const { x, y, width: cardWidth, height } of layout.boxes.values()) {
        assert.ok(x >= 0 && y >= 0)
        assert.ok(x + cardWidth <= layout.width + 0.5 && y + height <= layout.height + 0.5)
      }
      assert.ok(layout.paths.every((path) => path.startsWith('M') && !path.includes('NaN')))
    }
  })
}

test('200 stages are laid out within a frame or two', () => {
  const began = performance.now()
  rightward(manyStagesAt(1), 1528)
  const took = performance.now() - began
  assert.ok(took < 500, `took ${took} ms`)
})

test('with more cards than fit, the flow begins at the top', () => {
  const layout = rightward(manyStagesAt(1), 1528)
  assert.equal(layout.boxes.get('gateway:gateway')?.y, 0)
  assert.equal(layout.boxes.get('table:area_surge_1')?.y, 0)
})

test('a link around cards does not pass under them', () => {
  const ranking = rankStages(
    ['a', 'b', 'c'],
    [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'a', to: 'c' },
    ],
  )
  const layout = layoutRightward(ranking, { width: 900, cardHeight })
  const middle = layout.boxes.get('b')
  // The path's straight piece, where it passes b's column: "… x y H".
  const passes = Number(/([\d.-]+)H/.exec(layout.paths[2] ?? '')?.[1])
  assert.ok(middle !== undefined && Number.isFinite(passes))
  assert.ok(passes < middle.y || passes > middle.y + middle.height)
})

test('downward: one card a row, in the order of the flow, as wide as the page', () => {
  const view = branchingAt(1)
  const ids = view.stages.map(({ id }) => id)
  const layout = layoutDownward(rankStages(ids, view.links), { width: 330, cardHeight })
  assert.deepEqual(overlapping(layout), [])
  assert.equal(layout.width, 330)
  for (const { from, to } of view.links) {
    assert.ok((layout.boxes.get(from)?.y ?? 0) < (layout.boxes.get(to)?.y ?? 0), `${from} > ${to}`)
  }
  const chain = layoutDownward(rankStages(['a', 'b'], [{ from: 'a', to: 'b' }]), {
    width: 330,
    cardHeight,
  })
  assert.equal(chain.boxes.get('a')?.x, 0, 'a plain chain needs no gutter')
})

test('things are placed in order, apart, and as near to their wishes as can be', () => {
  assert.deepEqual(placeInOrder([0, 10, 20], [5, 5]), [0, 10, 20])
  assert.deepEqual(placeInOrder([0, 0], [10]), [-5, 5])
  assert.deepEqual(placeInOrder([10, 0, 50], [10, 10]), [0, 10, 50])
  assert.deepEqual(placeInOrder([], []), [])
  assert.deepEqual(placeDownwards([0, 0, 50], [10, 10]), [0, 10, 50])
})
