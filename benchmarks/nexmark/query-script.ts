import fs from 'node:fs'
import path from 'node:path'
import type { RecordFormat } from './record-value.js'

const source = path.join(import.meta.dirname, '..', '..', 'nexmark')

/** q0, q1, … in their order. */
export const queryNames: readonly string[] = fs
  .readdirSync(path.join(source, 'queries'))
  .map((file) => path.basename(file, '.sql'))
  .sort((left, right) => Number(left.slice(1)) - Number(right.slice(1)))

/** The tables and one query, for one broker. */
export interface QueryScript {
  name: string
  text: string
  statements: readonly string[]
}

/** `format` is that of the topics, `sideFile` the path of the table that one of them looks up. */
export function queryScript(
  name: string,
  { bootstrap, sideFile, format }: { bootstrap: string; sideFile: string; format: RecordFormat },
): QueryScript {
  const text = ['tables.sql', `queries/${name}.sql`]
    .map((file) => fs.readFileSync(path.join(source, file), 'utf8'))
    .join('\n')
    .replaceAll('BOOTSTRAP', bootstrap)
    .replaceAll('SIDE-FILE', sideFile)
    .replaceAll('TOPIC-FORMAT', format)
  // No text in these scripts holds a semicolon.
  const statements = text
    .replace(/^--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
  return { name, text, statements }
}
