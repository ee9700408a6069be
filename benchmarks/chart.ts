import fs from 'node:fs'
import path from 'node:path'
import type { Row } from './report.js'

const barHeight = 16
const gap = 6
const labelWidth = 60
const plotWidth = 600
const width = labelWidth + plotWidth + 60
const top = 44

const style = `text { font: 12px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600; font-size: 14px }
.even { stroke: #888; stroke-dasharray: 3 3 }
.better { fill: #2f7fd1 } .worse { fill: #d1752f }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }`

/**
 * Bars of the rows that have a ratio, as SVG: to the right of the dashed line is better for us, to
 * its left worse. The scale is logarithmic, so that twice and half are as long.
 */
export function ratioChart(title: string, rows: readonly Row[]): string {
  const shown = rows.flatMap(({ name, ratio }) => (ratio === undefined ? [] : [{ name, ratio }]))
  const logs = shown.map(({ ratio }) => Math.log2(ratio))
  // Room for even at both ends, whatever was measured.
  const [least, most] = [Math.min(-0.25, ...logs), Math.max(0.25, ...logs)]
  const place = (log: number) => labelWidth + ((log - least) / (most - least)) * plotWidth
  const height = top + shown.length * (barHeight + gap) + gap
  const bars = shown.map(({ name, ratio }, nth) => {
    const y = top + nth * (barHeight + gap)
    const [from, to] = [place(Math.min(0, Math.log2(ratio))), place(Math.max(0, Math.log2(ratio)))]
    const side = ratio >= 1 ? 'better' : 'worse'
    const middle = y + barHeight - 4
    return [
      `<text x="${labelWidth - 8}" y="${middle}" text-anchor="end">${escaped(name)}</text>`,
      `<rect class="${side}" x="${from.toFixed(1)}" y="${y}" width="${Math.max(1, to - from).toFixed(1)}" height="${barHeight}" rx="2"/>`,
      `<text x="${(to + 6).toFixed(1)}" y="${middle}">${ratio.toFixed(2)}</text>`,
    ].join('\n')
  })
  const even = place(0).toFixed(1)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escaped(title)}</title>
<style>${style}</style>
<text class="title" x="8" y="22">${escaped(title)}</text>
<line class="even" x1="${even}" y1="${top - 8}" x2="${even}" y2="${height - gap}"/>
${bars.join('\n')}
</svg>
`
}

/** Writes a chart beside the results, as `results/NAME.svg`, and gives the file's path. */
export function writeChart(name: string, title: string, rows: readonly Row[]): string {
  const file = path.join(import.meta.dirname, '..', 'results', `${name}.svg`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, ratioChart(title, rows))
  return file
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
