/**
 * Whether a new JSON schema takes every value that an old one took, by the rules of Confluent's
 * registry; the names of what breaks are theirs. What decides about properties is the content
 * model: where the old schema lets any other property in (open), a value of any kind may be
 * there under a name that the new schema defines.
 *
 * A pair that is being compared further up is taken as compatible, which ends recursion.
 */
import { RefusedError } from '../codec.js'
import { comparisonsMax } from '../limits.js'
import { SchemaTextError } from '../schema-type.js'
import { compareArrays } from './array-comparison.js'
import { type Documents, isObject, type SchemaJson, type SchemaNode } from './documents.js'
import { maximumMatching } from './matching.js'
import { compareObjects } from './object-comparison.js'
import { Patterns } from './pattern.js'
import { compareNumbers, compareStrings } from './scalar-comparison.js'
import { type Part, type Shape, shapeOf } from './shape.js'
import { identityOf } from './unique-items.js'

/** Something that old values may be and new ones may not. */
export interface JsonBreak {
  /** Path of the value, `stops[].zip`; '' is the whole one. */
  readonly field: string
  /** What kind of break it is, as Confluent's registry calls it. */
  readonly kind: string
  /** In words. */
  readonly reason: string
}

/** One side of a comparison. */
export interface Side {
  readonly node: SchemaNode
  readonly documents: Documents
}

/** A shape and the side that it is on. */
interface SideShape {
  readonly shape: Shape
  readonly side: Side
}

export class Comparison {
  readonly #known = new Map<SchemaJson, Map<SchemaJson, readonly JsonBreak[]>>()

  readonly #patterns = new Patterns()
  readonly #testers = new Map<string, { test(text: string): boolean }>()
  #steps = 0

  /** What breaks between two schemas; undefined is one that is not there. */
  compare(older: Side | undefined, newer: Side | undefined): readonly JsonBreak[] {
    if (newer === undefined) return []
    if (older === undefined) return [found('SCHEMA_ADDED', 'a schema holds where none did')]
    const before = { ...older, node: older.documents.target(older.node) }
    const after = { ...newer, node: newer.documents.target(newer.node) }
    const known = this.#known.get(before.node.json)?.get(after.node.json)
    if (known !== undefined) return known
    const isTree = isObject(before.node.json) && isObject(after.node.json)
    const answers = this.#known.get(before.node.json) ?? new Map<SchemaJson, readonly JsonBreak[]>()
    if (isTree) this.#known.set(before.node.json, answers.set(after.node.json, []))
    const breaks = this.#compareShapes(sideShape(before), sideShape(after))
    if (isTree) answers.set(after.node.json, breaks)
    return breaks
  }

  #compareParts(older: Part, newer: Part, from: Side, to: Side): readonly JsonBreak[] {
    if ('node' in older && 'node' in newer) {
      return this.compare({ ...from, node: older.node }, { ...to, node: newer.node })
    }
    return this.#compareShapes(partShape(older, from), partShape(newer, to))
  }

  /** Whether a name is one of `patternProperties`. */
  matches(pattern: string, name: string): boolean {
    this.#step()
    const known = this.#testers.get(pattern) ?? this.#patterns.regExp(pattern, 'u')
    this.#testers.set(pattern, known)
    try {
      return this.#patterns.bounded(() => known.test(name))
    } catch (cause) {
      if (cause instanceof RefusedError) throw new SchemaTextError(`${pattern}: ${cause.reason}`)
      throw cause
    }
  }

  #step(): void {
    this.#steps++
    if (this.#steps <= comparisonsMax) return
    throw new SchemaTextError('the two have more parts than can be compared')
  }

  #compareShapes(older: SideShape, newer: SideShape): readonly JsonBreak[] {
    this.#step()
    const [before, after] = [older.shape, newer.shape]
    if (before.kind !== 'combined' && after.kind === 'combined') {
      const isSum = after.criterion !== 'allOf'
      const candidates = after.parts.length === 1 || isSum ? after.parts : []
      const one = candidates.some((part) => {
        return this.#compareShapes(older, partShape(part, newer.side)).length === 0
      })
      if (one) return []
    } else if (before.kind === 'combined' && after.kind !== 'combined') {
      const isProduct = before.criterion === 'allOf'
      const candidates = before.parts.length === 1 || isProduct ? before.parts : []
      const one = candidates.some((part) => {
        return this.#compareShapes(partShape(part, older.side), newer).length === 0
      })
      if (one) return []
    }
    if (before.kind !== after.kind) {
      if (before.kind === 'never' || after.kind === 'any') return []
      if (areBytes(older, newer)) return []
      return [found('TYPE_CHANGED', `${title(before)} became ${title(after)}`)]
    }
    return this.#compareSame(before, after, older.side, newer.side)
  }

  #compareSame(before: Shape, after: Shape, from: Side, to: Side): readonly JsonBreak[] {
    if (before.kind === 'string' && after.kind === 'string') {
      return compareStrings(before.keywords, after.keywords)
    }
    if (before.kind === 'number' && after.kind === 'number') return compareNumbers(before, after)
    if (before.kind === 'object' && after.kind === 'object') {
      return compareObjects(
        this,
        { ...from, keywords: before.keywords },
        { ...to, keywords: after.keywords },
      )
    }
    if (before.kind === 'array' && after.kind === 'array') {
      return compareArrays(
        this,
        { ...from, keywords: before.keywords },
        { ...to, keywords: after.keywords },
      )
    }
    if (before.kind === 'const' && after.kind === 'const') {
      if (equal(before.value, after.value)) return []
      return [found('ENUM_ARRAY_CHANGED', 'the one value that is allowed changed')]
    }
    if (before.kind === 'enum' && after.kind === 'enum')
      return compareEnums(before.values, after.values)
    if (before.kind === 'conditional' && after.kind === 'conditional') {
      return compareConditions(before.keywords, after.keywords)
    }
    if (before.kind === 'not' && after.kind === 'not') {
      // What must not be: the new one may exclude less only.
      const breaks = this.compare({ ...to, node: after.of }, { ...from, node: before.of })
      return breaks.length === 0 ? [] : [found('NOT_TYPE_EXTENDED', 'more is excluded than before')]
    }
    if (before.kind === 'combined' && after.kind === 'combined') {
      return this.#compareCombined(before, after, from, to)
    }
    return []
  }

  #compareCombined(
    before: Shape & { kind: 'combined' },
    after: Shape & { kind: 'combined' },
    from: Side,
    to: Side,
  ): JsonBreak[] {
    const olds = distinct(before.parts)
    const news = distinct(after.parts)
    const singles = { before: olds.length === 1, after: news.length === 1 }
    if (before.criterion !== after.criterion) {
      const isWider =
        after.criterion === 'anyOf' ||
        (singles.before && (singles.after || after.criterion === 'oneOf')) ||
        (singles.after && before.criterion === 'allOf')
      if (!isWider) {
        const reason = `${before.criterion} became ${after.criterion}`
        return [found('COMBINED_TYPE_CHANGED', reason)]
      }
    }
    const breaks: JsonBreak[] = []
    if (olds.length < news.length && after.criterion === 'allOf') {
      breaks.push(found('PRODUCT_TYPE_EXTENDED', 'allOf asks for more than before'))
    } else if (olds.length > news.length && before.criterion !== 'allOf') {
      breaks.push(found('SUM_TYPE_NARROWED', `${before.criterion} allows less than before`))
    }
    const fits = olds.map((old) =>
      news.map((part) => this.#compareParts(old, part, from, to).length === 0),
    )
    if (maximumMatching(fits) < Math.min(olds.length, news.length)) {
      const reason = `not every schema of ${before.criterion} has one that takes its values`
      breaks.push(found('COMBINED_TYPE_SUBSCHEMAS_CHANGED', reason))
    }
    return breaks
  }
}

/** A break of the value itself. */
export function found(kind: string, reason: string): JsonBreak {
  return { field: '', kind, reason }
}

/** The same breaks, seen from the object or array that holds the value. */
export function within(field: string, breaks: readonly JsonBreak[]): JsonBreak[] {
  return breaks.map((each) => {
    const joint = each.field === '' || each.field.startsWith('[') ? '' : '.'
    return { ...each, field: `${field}${joint}${each.field}` }
  })
}

export function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => equal(item, b[i]))
  }
  if (!isObject(a) || !isObject(b)) return a === b
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && equal(a[name], b[name]))
}

function sideShape(side: Side): SideShape {
  return { side, shape: shapeOf(side.node, side.documents) }
}

function partShape(part: Part, side: Side): SideShape {
  if ('shape' in part) return { side, shape: part.shape }
  return sideShape({ ...side, node: side.documents.target(part.node) })
}

function compareEnums(before: readonly unknown[], after: readonly unknown[]): JsonBreak[] {
  const [olds, news] = [new Set(before.map(identityOf)), new Set(after.map(identityOf))]
  const gone = before.filter((value) => !news.has(identityOf(value)))
  if (gone.length === 0) return []
  const isNarrowed = after.every((value) => olds.has(identityOf(value)))
  const kind = isNarrowed ? 'ENUM_ARRAY_NARROWED' : 'ENUM_ARRAY_CHANGED'
  const values = gone.map((value) => JSON.stringify(value)).join(', ')
  return [found(kind, `older events may hold ${values}, which the new enum does not have`)]
}

function compareConditions(
  before: { readonly [keyword: string]: unknown },
  after: { readonly [keyword: string]: unknown },
): JsonBreak[] {
  const isSame = ['if', 'then', 'else'].every((each) => equal(before[each], after[each]))
  return isSame ? [] : [found('TYPE_CHANGED', 'the condition (if, then, else) changed')]
}

/** Kafka Connect writes bytes as one type or another; to its readers they are the same. */
function areBytes(older: SideShape, newer: SideShape): boolean {
  return [older, newer].every(({ side: { node } }) => {
    return isObject(node.json) && node.json['connect.type'] === 'bytes'
  })
}

function distinct(parts: readonly Part[]): Part[] {
  return [
    ...new Map(parts.toReversed().map((part) => [identityOf(plain(part)), part])).values(),
  ].toReversed()
}

function plain(part: Part): unknown {
  return 'node' in part ? part.node.json : part.shape
}

function title(shape: Shape): string {
  if (shape.kind === 'combined') return shape.criterion
  if (shape.kind === 'any') return 'any value'
  if (shape.kind === 'never') return 'no value'
  return 'isInteger' in shape && shape.isInteger ? 'integer' : shape.kind
}
