import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boardOption } from '../src/board/options.js'
import { fillWindows, shapeBoard } from '../src/board/shape.js'
import type { ChartTheme } from '../src/chart/theme.js'
import { ridesAt, surgeAt } from './recording.js'

const minute = 60_000
const all = { windowsMax: Number.MAX_SAFE_INTEGER, seriesMax: Number.MAX_SAFE_INTEGER }
const point = (time: number, series: string, value: number) => ({ time, series, value })

test('no rows make an empty table', () => {
  assert.deepEqual(shapeBoard([], all), {
    windows: [],
    series: [],
    values: [],
    range: undefined,
    windowCount: 0,
    seriesCount: 0,
  })
})

test('rows become a table, whatever their order', () => {
  const table = shapeBoard([point(15, 'b', 4), point(0, 'a', 1), point(15, 'a', 2)], all)
  assert.deepEqual(table.windows, [0, 15])
  assert.deepEqual(table.series, ['a', 'b'])
  assert.deepEqual(table.values, [
    [1, 2],
    [undefined, 4],
  ])
  assert.deepEqual(table.range, { min: 1, max: 4 })
})

test('the latest windows are kept, and of their series those with the highest totals', () => {
  const points = [
    point(0, 'once', 1000),
    ...[1, 2].flatMap((time) => [point(time, '10', 5), point(time, '9', 6), point(time, '2', 1)]),
  ]
  const table = shapeBoard(points, { windowsMax: 2, seriesMax: 2 })
  assert.deepEqual(table.windows, [1, 2])
  assert.deepEqual(table.series, ['9', '10'], 'in natural order, not by total')
  assert.deepEqual([table.windowCount, table.seriesCount], [3, 4])
  assert.deepEqual(table.range, { min: 5, max: 6 }, 'of what is shown')
})

test('values that are no numbers are left out', () => {
  const table = shapeBoard([point(0, 'a', Number.NaN), point(Number.NaN, 'a', 1)], all)
  assert.equal(table.windows.length, 0)
})

test('windows in which nothing happened are put back', () => {
  assert.deepEqual(fillWindows([0, 15, 60].map((at) => at * minute)).length, 5)
  assert.deepEqual(fillWindows([0, 10, 25]), [0, 10, 25], 'not on a grid')
  assert.deepEqual(fillWindows([0, 1, 9_000_000]), [0, 1, 9_000_000], 'too many')
  assert.deepEqual(fillWindows([5]), [5])
})

test('a week of sixty areas is shaped within a frame or two', () => {
  const { points } = surgeAt(600)
  const began = performance.now()
  const table = shapeBoard(points, { windowsMax: 96, seriesMax: 20 })
  const took = performance.now() - began
  assert.deepEqual([table.windows.length, table.series.length], [96, 20])
  assert.deepEqual([table.windowCount, table.seriesCount], [672, 60])
  assert.ok(took < 300, `took ${took} ms`)
})

const theme: ChartTheme = {
  ink: '#000',
  inkSoft: '#555',
  line: '#ccc',
  accent: '#077',
  surface: '#fff',
  font: 'sans-serif',
  palette: ['#077'],
  ramp: ['#fff', '#000'],
  tooltip: {
    backgroundColor: '#fff',
    borderColor: '#ccc',
    textStyle: { color: '#000', fontSize: 12, fontFamily: 'sans-serif' },
    confine: true,
    transitionDuration: 0,
  },
}
const [heatmap, line] = ridesAt(1).boards

test('a heatmap draws a cell for each value, and none where there is no row', () => {
  assert.ok(heatmap !== undefined)
  const table = shapeBoard([point(0, 'a', 1), point(15, 'b', 3)], all)
  const option = boardOption(theme, heatmap, table)
  const [series] = [option.series].flat()
  assert.deepEqual(series?.data, [
    [0, 0, 1],
    [1, 1, 3],
  ])
})

test('a heatmap of equal values still has a scale with two ends', () => {
  assert.ok(heatmap !== undefined)
  const option = boardOption(theme, heatmap, shapeBoard([point(0, 'a', 2)], all))
  const [scale] = [option.visualMap].flat()
  assert.deepEqual([scale?.min, scale?.max], [2, 3])
})

test('a line is broken where there is no row', () => {
  assert.ok(line !== undefined)
  const table = shapeBoard(
    [0, 15, 45].map((at) => point(at, 'a', at)),
    all,
  )
  const [series] = [boardOption(theme, line, table).series].flat()
  assert.deepEqual(series?.data, [0, 15, null, 45])
})

test('names from events cannot put markup into a tooltip', () => {
  assert.ok(heatmap !== undefined)
  const table = shapeBoard([point(0, '<img src=x onerror=alert(1)>', 1)], all)
  const { tooltip } = boardOption(theme, heatmap, table)
  const formatter = [tooltip].flat()[0]?.formatter
  assert.ok(typeof formatter === 'function')
  const html = String(Reflect.apply(formatter, undefined, [{ value: [0, 0, 1] }]))
  assert.ok(html.includes('&#60;img') && !html.includes('<img'), html)
})
