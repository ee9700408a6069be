import { remembering, scalar } from './scalar-function.js'

/** URLs as Java's `java.net` reads and writes them, not as browsers do. */
export const urlFunctions = [
  scalar('url_encode', ['text'], 'text', urlEncoded),
  scalar('url_decode', ['text'], 'text', urlDecoded),
  scalar('parse_url', ['text', 'text'], 'text', (url, part) => partOf(url, part)),
  scalar('parse_url_key', ['text', 'text', 'text'], 'text', (url, part, key) => {
    if (part !== 'QUERY') return null
    const query = partOf(url, part)
    return query === null ? null : (keyPattern(key).exec(query)?.[2] ?? null)
  }),
]

/** Letters, digits and `.-*_` stay, a space becomes a plus. */
function urlEncoded(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

/** NULL where a percent sign has no two digits after it; other bytes than UTF-8 become U+FFFD. */
function urlDecoded(text: string): string | null {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return null
  return text
    .replaceAll('+', ' ')
    .replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
      Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
    )
}

/** The key goes into the pattern as it is, so one that Java would read as more is not found. */
const keyPattern = remembering(
  (key) => new RegExp(`(&|^)${key.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')}=([^&]*)`),
)

/** The protocols that Java has handlers of; of another there is no URL. */
const protocols = ['http', 'https', 'ftp', 'file', 'jar', 'mailto']

function partOf(text: string, part: string): string | null {
  const url = urlOf(text.trim())
  if (url === undefined) return null
  const { protocol, authority, host, userInfo, path, query, ref } = url
  switch (part) {
    case 'HOST':
      return host
    case 'PATH':
      return path
    case 'QUERY':
      return query
    case 'REF':
      return ref
    case 'PROTOCOL':
      return protocol
    case 'FILE':
      return query === null ? path : `${path}?${query}`
    case 'AUTHORITY':
      return authority
    case 'USERINFO':
      return userInfo
    default:
      return null
  }
}

const urlPattern = /^([a-zA-Z][a-zA-Z0-9+.-]*):([^#]*)(?:#(.*))?$/s

interface JavaUrl {
  readonly protocol: string
  readonly authority: string | null
  readonly host: string
  readonly userInfo: string | null
  readonly path: string
  readonly query: string | null
  readonly ref: string | null
}

function urlOf(text: string): JavaUrl | undefined {
  const [matched, scheme = '', rest = '', ref] = urlPattern.exec(text) ?? []
  const protocol = scheme.toLowerCase()
  if (matched === undefined || !protocols.includes(protocol)) return undefined
  const question = rest.indexOf('?')
  const query = question < 0 ? null : rest.slice(question + 1)
  const front = question < 0 ? rest : rest.slice(0, question)
  const common = { protocol, query, ref: ref ?? null }
  if (!front.startsWith('//')) {
    return { ...common, authority: null, host: '', userInfo: null, path: front }
  }
  const slash = front.indexOf('/', 2)
  const authority = slash < 0 ? front.slice(2) : front.slice(2, slash)
  const path = slash < 0 ? '' : withoutDots(front.slice(slash))
  const at = authority.indexOf('@')
  const isPlain = at === authority.lastIndexOf('@')
  const userInfo = at >= 0 && isPlain ? authority.slice(0, at) : null
  const address = isPlain ? authority.slice(at + 1) : ''
  const [found, host = ''] = /^(\[[0-9a-fA-F:.%]*\]|[^:[]*)(?::\d*)?$/.exec(address) ?? []
  if (found === undefined) return undefined
  return { ...common, authority, host, userInfo, path }
}

/** `/a/./b` and `/a/../b` are `/a/b` and `/b`. */
function withoutDots(path: string): string {
  let short = path.replaceAll('/./', '/')
  for (;;) {
    const next = short.replace(/\/(?!\.\.\/)[^/]+\/\.\.\//, '/')
    if (next === short) break
    short = next
  }
  return short.replace(/\/(?!\.\.\/)[^/]+\/\.\.$/, '/').replace(/\/\.$/, '/')
}
