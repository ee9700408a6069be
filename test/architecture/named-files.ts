import { readdirSync } from 'node:fs'
import path from 'node:path'

/** A file or folder that a document names, and where. */
export interface Named {
  readonly name: string
  readonly line: number
}

const ours = /\.(ts|tsx|mjs|test\.txt)$/

/**
 * What a document names: in backticks, as the end of a path, in which `*` stands for anything; and in
 * a drawing of folders each line's names, as a path from the drawing's top.
 */
export function namedFiles(text: string): Named[] {
  const named: Named[] = []
  let isDrawing = false
  /** The folders above a line of a drawing, with how far they are indented. */
  let folders: { indent: number; name: string }[] = []
  text.split('\n').forEach((row, index) => {
    const line = index + 1
    if (row.startsWith('```')) {
      isDrawing = row === '```' && !isDrawing
      folders = []
    } else if (isDrawing) {
      const indent = row.search(/\S/)
      const names = namesOf(row)
      if (names.length === 0) return
      folders = folders.filter((folder) => folder.indent < indent)
      const above = folders.map(({ name }) => name).join('')
      named.push(...names.map((name) => ({ name: above + name, line })))
      const [first = ''] = names
      if (first.endsWith('/')) folders.push({ indent, name: first })
    } else {
      for (const [, name = ''] of row.matchAll(/`([\w./*-]+)`/g)) {
        if (ours.test(name)) named.push({ name, line })
      }
    }
  })
  return named
}

/** The files and folders with which a line of a drawing begins, up to what it says of them. */
function namesOf(row: string): string[] {
  const words = row.trim().split(' ')
  const end = words.findIndex((word) => !/^[\w.-]+(\/|\.ts|\.tsx)$/.test(word))
  return end < 0 ? words : words.slice(0, end)
}

/** Those of a document's names that are nothing below its folder, and no path from the root. */
export function missingFiles(
  named: readonly Named[],
  document: string,
  paths: readonly string[],
): Named[] {
  const folder = document.slice(0, document.lastIndexOf('/') + 1)
  const own = paths.filter((each) => each.startsWith(folder))
  return named.filter(({ name }) => {
    const pattern = name.replace(/[.+]/g, '\\$&').replaceAll('*', '[^/]*').replace(/\/$/, '')
    const end = new RegExp(`(^|/)${pattern}$`)
    return !own.some((each) => end.test(each)) && !paths.includes(name)
  })
}

/** All files and folders of the project, from its root, but for what is installed or built. */
export function projectPaths(root: string, below = ''): string[] {
  return readdirSync(path.join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const name = below === '' ? entry.name : `${below}/${entry.name}`
    if (['node_modules', 'dist', '.git'].includes(entry.name)) return []
    return entry.isDirectory() ? [name, ...projectPaths(root, name)] : [name]
  })
}
