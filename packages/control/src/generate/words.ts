/** Values that people recognise, by the words that a field's name is made of. */
import type { Random } from '@millrace/host'

const lists: readonly { names: readonly string[]; values: readonly string[] }[] = [
  { names: ['currency'], values: ['EUR', 'USD', 'GBP', 'JPY', 'CHF'] },
  { names: ['country'], values: ['DE', 'FR', 'US', 'GB', 'JP', 'BR', 'IN', 'ZA'] },
  { names: ['city', 'town'], values: ['Berlin', 'Paris', 'Chicago', 'Leeds', 'Osaka', 'Recife'] },
  { names: ['status', 'state'], values: ['new', 'open', 'paid', 'shipped', 'done', 'cancelled'] },
  { names: ['color', 'colour'], values: ['red', 'green', 'blue', 'black', 'white'] },
  { names: ['language', 'locale'], values: ['de', 'en', 'fr', 'ja', 'pt'] },
  { names: ['item', 'product', 'article'], values: ['tea', 'coffee', 'bread', 'milk', 'soap'] },
  { names: ['browser'], values: ['Chrome', 'Firefox', 'Safari', 'Edge'] },
  { names: ['device', 'platform'], values: ['phone', 'tablet', 'desktop'] },
  { names: ['method'], values: ['card', 'cash', 'transfer'] },
  {
    names: ['firstname', 'name', 'user', 'customer'],
    values: ['Ada', 'Bo', 'Chen', 'Dara', 'Eli'],
  },
]

const paths = ['/', '/cart', '/checkout', '/search', '/help']

/** A text for a field of this name. */
export function textFor(field: string, random: Random): string {
  const words = wordsOf(field)
  const has = (...names: string[]) => names.some((name) => words.includes(name))
  if (has('uuid', 'guid') || isId(words)) return random.uuid()
  if (has('email', 'mail')) return `user${random.below(1_000)}@example.com`
  if (has('phone')) return `+49 30 ${String(random.below(10_000_000)).padStart(7, '0')}`
  if (has('ip')) return `203.0.113.${random.below(256)}`
  if (has('url', 'uri', 'link')) return `https://example.com${one(paths, random)}`
  if (has('path', 'page')) return one(paths, random)
  const list = lists.find(({ names }) => has(...names))
  return list === undefined ? `${field}-${random.below(20)}` : one(list.values, random)
}

/** A number for a field of this name, whole where `isWhole`; undefined for an unknown name. */
export function numberFor(field: string, isWhole: boolean, random: Random): number | undefined {
  const words = wordsOf(field)
  const has = (...names: string[]) => names.some((name) => words.includes(name))
  if (has('lat', 'latitude')) return round(random.float() * 180 - 90, isWhole ? 0 : 6)
  if (has('lon', 'lng', 'longitude')) return round(random.float() * 360 - 180, isWhole ? 0 : 6)
  if (has('price', 'amount', 'total', 'fare', 'cost', 'fee', 'tip', 'tax', 'balance')) {
    // Many small ones, few large ones.
    return round(10 ** (random.float() * 2.5), isWhole ? 0 : 2)
  }
  if (has('count', 'quantity', 'qty', 'number', 'size')) return 1 + random.below(9)
  if (has('percent', 'rate', 'share', 'score')) return round(random.float() * 100, isWhole ? 0 : 1)
  if (has('age')) return 18 + random.below(70)
  if (has('year')) return 1990 + random.below(40)
  if (has('duration', 'seconds', 'ms', 'millis')) return random.below(3_600)
  return undefined
}

/** Does the name say that it tells one thing from another: `id`, `order_id`, `orderId`? */
export function isIdName(field: string): boolean {
  return isId(wordsOf(field))
}

function isId(words: readonly string[]): boolean {
  return words.at(-1) === 'id'
}

/** `orderId`, `order_id` and `order-id` are the same two words. */
function wordsOf(field: string): string[] {
  return field
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
}

export function one<Value>(values: readonly Value[], random: Random): Value {
  return values[random.below(values.length)] as Value
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
