import type { Random } from '@millrace/host'
import { type CodeRange, type PatternNode, readPattern } from './pattern-tree.js'
import { one } from './words.js'

/** What is repeated without a limit comes this often more than it must, at most. */
const spreadDefault = 4

/**
 * A text that a pattern of JavaScript is made for; undefined where the pattern has what is not
 * understood here. What looks around is let pass, so the text has to be checked. `spread` says how
 * much longer than it must be a text may get.
 */
export function patternText(
  pattern: string,
  random: Random,
  spread = spreadDefault,
): string | undefined {
  const tree = readPattern(pattern)
  if (tree === undefined) return undefined
  const groups = new Map<number | string, string>()
  const write = (node: PatternNode): string => {
    switch (node.kind) {
      case 'nothing':
        return ''
      case 'characters':
        return character(node.ranges, random)
      case 'again':
        return groups.get(node.group) ?? ''
      case 'choice': {
        const text = one(node.branches, random).map(write).join('')
        if (node.group !== undefined) groups.set(node.group, text)
        return text
      }
      case 'repeat': {
        const most = Math.min(node.max, node.min + spread)
        const times = node.min + random.below(most - node.min + 1)
        return Array.from({ length: times }, () => write(node.of)).join('')
      }
    }
  }
  return write(tree)
}

function character(ranges: readonly CodeRange[], random: Random): string {
  const total = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)
  if (total === 0) return ''
  let at = random.below(total)
  for (const [from, to] of ranges) {
    if (at <= to - from) return String.fromCodePoint(from + at)
    at -= to - from + 1
  }
  return ''
}
