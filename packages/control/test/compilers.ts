/** Bindings in a folder, and the compilers that they have to please. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { BindingSource } from '../src/schemas/bindings/bindings.js'
import { bindingFiles, readBindingOptions } from '../src/schemas/publish.js'
import { temporaryFolder } from './folder.js'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** Writes bindings into a folder of their own. */
export function writeBindings(
  t: TestContext,
  source: BindingSource,
  options: { release: string; language: string },
): string {
  const folder = temporaryFolder(t)
  const asked = readBindingOptions(source.name, options)
  for (const { path: place, content } of bindingFiles(source, asked)) {
    mkdirSync(path.dirname(path.join(folder, place)), { recursive: true })
    writeFileSync(path.join(folder, place), content)
  }
  return folder
}

/** Why a test of a program is left out; false where the program is there. */
export function leftOut(program: string, ...version: string[]): string | false {
  try {
    execFileSync(program, version, { stdio: 'ignore' })
    return false
  } catch {
    if (process.env.CI !== undefined) return false
    return `LEFT OUT: there is no ${program}; its bindings are not compiled`
  }
}

/** What a compiler says; '' when it is content. */
export function compile(program: string, args: readonly string[], cwd: string): string {
  try {
    const env = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOTOOLCHAIN: 'local' }
    execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: 'pipe' })
    return ''
  } catch (cause) {
    const { stdout, stderr } = cause as { stdout?: string; stderr?: string }
    return `${stdout}${stderr}` || String(cause)
  }
}

/** What TypeScript says of a program in a folder, and of the types that it uses. */
export function compileTypeScript(folder: string, program: string): string {
  writeFileSync(path.join(folder, 'program.ts'), program)
  writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}')
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023']
  const given = ['--types', '', '--lib', 'es2023,dom', '--skipLibCheck', 'false', 'program.ts']
  const bin = path.join(root, 'node_modules/typescript/bin/tsc')
  return compile(process.execPath, [bin, ...strict, ...given], folder)
}
