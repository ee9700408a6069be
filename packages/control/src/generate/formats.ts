/** Texts of the formats that JSON Schema names. */
import { momentNear } from './moment.js'
import type { Moment, ValuesOptions } from './values.js'
import { one, textFor } from './words.js'

/** A text of a format; undefined for one that is not known here. */
export function formatText(
  format: string,
  field: string,
  moment: Moment,
  options: ValuesOptions,
): string | undefined {
  const { random } = options
  const time = () => new Date(momentNear(field, moment, options)).toISOString()
  const named = () =>
    textFor(field, random)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
  switch (format) {
    case 'date-time':
    case 'iso-date-time':
      return time()
    case 'date':
      return time().slice(0, 10)
    case 'time':
    case 'iso-time':
      return time().slice(11)
    case 'duration':
      return `PT${1 + random.below(600)}M`
    case 'email':
    case 'idn-email':
      return `user${random.below(1_000)}@example.com`
    case 'hostname':
    case 'idn-hostname':
      return `host-${random.below(1_000)}.example.com`
    case 'ipv4':
      return `203.0.113.${random.below(256)}`
    case 'ipv6':
      return `2001:db8::${(1 + random.below(65_535)).toString(16)}`
    case 'uri':
    case 'url':
    case 'iri':
      return `https://example.com/${named()}`
    case 'uri-reference':
    case 'iri-reference':
      return `/${named()}`
    case 'uri-template':
      return 'https://example.com/{id}'
    case 'uuid':
      return random.uuid()
    case 'json-pointer':
      return `/items/${random.below(10)}`
    case 'json-pointer-uri-fragment':
      return `#/items/${random.below(10)}`
    case 'relative-json-pointer':
      return `${random.below(3)}/name`
    case 'regex':
      return one(['^[a-z]+$', '[0-9]{2,4}', 'a|b'], random)
    case 'byte':
      return random.bytes(3 * random.below(6)).toString('base64')
    default:
      return undefined
  }
}
