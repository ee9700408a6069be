import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from 'oxc-parser'

/** What the rules look at in one TypeScript file. */
export interface Source {
  /** From the root of the project, with forward slashes. */
  readonly path: string
  readonly imports: readonly Mention[]
  /** Uses of the clock and of chance, such as `Date.now`. */
  readonly globals: readonly Mention[]
}

export interface Mention {
  readonly name: string
  readonly line: number
}

/** Every TypeScript file below `packages/x/src`, and below `simulation/src`. */
export function readSources(root: string): Source[] {
  const packages = readdirSync(path.join(root, 'packages')).map((name) =>
    path.join('packages', name),
  )
  return [...packages, 'simulation']
    .flatMap((place) =>
      readdirSync(path.join(root, place, 'src'), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.tsx?$/.test(file))
        .map((file) => path.join(place, 'src', file)),
    )
    .sort()
    .map((file) =>
      readSource(file.split(path.sep).join('/'), readFileSync(path.join(root, file), 'utf8')),
    )
}

export function readSource(file: string, text: string): Source {
  const parsed = parseSync(file, text)
  const [error] = parsed.errors
  if (error !== undefined) throw new Error(`${file}: ${error.message}`)
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length
  const imports: Mention[] = []
  const globals: Mention[] = []
  visit(parsed.program, (node) => {
    const line = () => lineAt(node.start)
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType': {
        const source = node.source
        if (isNode(source)) imports.push({ name: moduleName(source), line: line() })
        break
      }
      case 'MemberExpression':
        globals.push({ name: `${nameOf(node.object)}.${nameOf(node.property)}`, line: line() })
        break
      case 'CallExpression':
        globals.push({ name: nameOf(node.callee), line: line() })
        break
      case 'NewExpression': {
        const empty = Array.isArray(node.arguments) && node.arguments.length === 0
        if (empty) globals.push({ name: `new ${nameOf(node.callee)}()`, line: line() })
        break
      }
    }
  })
  return { path: file, imports, globals }
}

interface SyntaxNode {
  type: string
  start: number
  [key: string]: unknown
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

function visit(value: unknown, see: (node: SyntaxNode) => void): void {
  if (Array.isArray(value)) {
    for (const each of value) visit(each, see)
  } else if (isNode(value)) {
    see(value)
    for (const child of Object.values(value)) {
      if (typeof child === 'object' && child !== null) visit(child, see)
    }
  }
}

function nameOf(value: unknown): string {
  if (!isNode(value)) return ''
  return value.type === 'Identifier' ? String(value.name) : ''
}

/** A module that is not named by a constant is an import that no rule can judge. */
function moduleName(source: SyntaxNode): string {
  return source.type === 'Literal' ? String(source.value) : '(computed)'
}
