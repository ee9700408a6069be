import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Tests as text: a file is a list of cases, each a title, what goes in, and what comes out.
 *
 *     == title
 *     input
 *     --
 *     expected
 *
 * What stands before the first case is a comment, up to a line `-- prelude` if there is one; the
 * rest of it is SQL that comes before each input.
 */
export interface TextFile {
  readonly path: string
  readonly name: string
  readonly comment: string
  readonly prelude: string
  readonly cases: readonly TextCase[]
}

export interface TextCase {
  readonly title: string
  readonly input: string
  readonly expected: string
}

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url))
const preludeMark = '-- prelude\n'

/** The text files of a folder of `test/`. */
export function textFiles(folder: string): TextFile[] {
  const directory = join(packageRoot, 'test', folder)
  return readdirSync(directory)
    .filter((file) => file.endsWith('.test.txt'))
    .sort()
    .map((file) => parse(join(directory, file), file))
}

function parse(path: string, name: string): TextFile {
  const [head = '', ...sections] = readFileSync(path, 'utf8').split(/^== /m)
  const mark = head.indexOf(preludeMark)
  return {
    path,
    name,
    comment: mark === -1 ? head : head.slice(0, mark),
    prelude: mark === -1 ? '' : head.slice(mark + preludeMark.length),
    cases: sections.map((section) => {
      const titleEnd = section.indexOf('\n')
      const [input = '', expected = ''] = section.slice(titleEnd + 1).split(/^--\n/m)
      return {
        title: section.slice(0, titleEnd),
        input: input.trimEnd(),
        expected: expected.trim(),
      }
    }),
  }
}

/** Writes a file again with what comes out now, where MILLRACE_REWRITE=1 asks for it. */
export function rewriteFile(file: TextFile, outputs: readonly string[]): void {
  const prelude = file.prelude === '' ? '' : `${preludeMark}${file.prelude}`
  const sections = file.cases.map(
    ({ title, input }, index) => `== ${title}\n${input}\n--\n${outputs[index]}\n\n`,
  )
  writeFileSync(file.path, `${file.comment}${prelude}${sections.join('').trimEnd()}\n`)
}
