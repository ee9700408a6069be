import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Answer, answerText, type Column, columnsOf, columnsText } from './answer.js'

/**
 * Questions to both engines and what Flink answered, as text.
 *
 *     what the file shows
 *
 *     -- given rides, 2 partitions
 *     {"id": 1}
 *     @1 "the key" => {"id": 2}
 *     -- prelude
 *     CREATE TABLE rides (id INT) WITH ('connector' = 'kafka', 'topic' = 'rides', …);
 *
 *     == a question
 *     SELECT id, COUNT(*) AS n FROM rides GROUP BY id
 *     --
 *     id INT, n BIGINT NOT NULL
 *     {"id":1,"n":1}
 *
 * Records may have a partition (`@1`) and a key before `=>`; `null` is a record without a value.
 * A question is a query, or a script that writes to the topic `answer`; a line `-- then` in it
 * waits for what stands before. A query that changes rows
 * begins with the comment `-- key a, b`: what tells the rows of its answer apart.
 *
 * In files named `expressions…` a question is a line, over the rows of the table `given`, which
 * has an `id`: `expression | type | value of the first row | …`. Lines that begin with # are comments.
 *
 * An answer `! …` is a failure, with what Flink says of it.
 */
export interface CaseFile {
  readonly name: string
  readonly topics: readonly GivenTopic[]
  readonly prelude: string
  /**
   * From the line `-- each record in turn` of the prelude: the watermark moves after each record,
   * so that records may be late.
   */
  readonly inTurn: boolean
  readonly questions: readonly Question[]
  /** Writes the file again, with these answers. */
  rewrite(answers: readonly Answer[]): void
}

export interface GivenTopic {
  readonly name: string
  readonly partitions: number
  readonly records: readonly GivenRecord[]
}

export interface GivenRecord {
  readonly partition: number
  readonly key: string | null
  readonly value: string | null
}

export interface Question {
  readonly kind: 'query' | 'script' | 'expression'
  readonly title: string
  /** The query, the script, or the expression. */
  readonly text: string
  /** Of a query that changes rows: the columns of its key. */
  readonly key: readonly string[]
  /** As it is recorded; undefined where it is new. */
  readonly recorded: Answer | undefined
}

const folder = path.join(import.meta.dirname, '../../../test/flink')

export function caseFiles(): CaseFile[] {
  const wanted = (process.env.MILLRACE_AREA ?? '').split(',')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test.txt') && wanted.some((word) => name.includes(word)))
    .sort()
    .map(readCaseFile)
}

export function readCaseFile(name: string): CaseFile {
  const file = path.join(folder, name)
  const text = readFileSync(file, 'utf8')
  const start = text.search(/^== /m)
  const head = start === -1 ? text : text.slice(0, start)
  const body = start === -1 ? '' : text.slice(start)
  const [, ...parts] = head.split(/^-- (?=given |prelude)/m)
  const prelude = parts.find((part) => part.startsWith('prelude'))?.slice('prelude'.length) ?? ''
  const common = {
    name,
    topics: parts.filter((part) => part.startsWith('given ')).map(givenTopic),
    prelude: prelude.trim(),
    inTurn: /^-- each record in turn$/m.test(prelude),
  }
  const save = (newBody: string) => writeFileSync(file, `${head}${newBody.trimEnd()}\n`)
  if (name.startsWith('expressions')) return { ...common, ...expressionLines(body, save) }
  return { ...common, ...cases(body, save) }
}

function givenTopic(part: string): GivenTopic {
  const [title = '', ...lines] = part.trim().split('\n')
  const [, name = '', partitions = '1'] = /^given (\S+?)(?:, (\d+) partitions)?$/.exec(title) ?? []
  const records = lines.filter((line) => line.trim() !== '').map(givenRecord)
  return { name, partitions: Number(partitions), records }
}

function givenRecord(line: string): GivenRecord {
  const [, partition = '0', rest = line] = /^@(\d+) (.*)$/.exec(line) ?? []
  const [, key = null, value = rest] = /^(.*?) => (.*)$/.exec(rest) ?? []
  return { partition: Number(partition), key, value: value === 'null' ? null : value }
}

function cases(body: string, save: (body: string) => void) {
  const sections = body.split(/^== /m).slice(1)
  const questions = sections.map((section): Question => {
    const [title = '', ...rest] = section.split('\n')
    const [input = '', expected = ''] = rest.join('\n').split(/^--\n/m)
    const [, key = ''] = /^-- key (.*)$/m.exec(input) ?? []
    const text = input.trim()
    return {
      kind: /\bINSERT\s+INTO\b/i.test(text) ? 'script' : 'query',
      title,
      text,
      key: key === '' ? [] : key.split(', '),
      recorded: readAnswer(expected.trim()),
    }
  })
  const rewrite = (answers: readonly Answer[]) => {
    const blocks = questions.map(({ title, text }, index) => {
      const answer = answers[index]
      return `== ${title}\n${text}\n--\n${answer === undefined ? '' : answerText(answer)}\n`
    })
    save(blocks.join('\n'))
  }
  return { questions, rewrite }
}

function readAnswer(text: string): Answer | undefined {
  if (text === '') return undefined
  const lines = text.split('\n')
  const columns = isColumns(lines[0]) ? columnsOf(lines.shift() ?? '') : undefined
  const [first = ''] = lines
  if (first.startsWith('! ')) return { ...(columns && { columns }), failure: first.slice(2) }
  return { ...(columns && { columns }), rows: lines.filter((line) => line !== 'nothing') }
}

/** Rows are JSON, a key and its row, or a failure; what is none of these says the columns. */
function isColumns(line = ''): boolean {
  return line !== 'nothing' && !/^(! |\{|.* => )/.test(line)
}

function expressionLines(body: string, save: (body: string) => void) {
  const lines = body.split('\n')
  const questions: Question[] = []
  const place = new Map<number, number>()
  lines.forEach((line, number) => {
    if (line === '' || line.startsWith('#') || line.startsWith('== ')) return
    const [text = '', ...answer] = line.split(' | ')
    place.set(number, questions.length)
    questions.push({
      kind: 'expression',
      title: text,
      text,
      key: [],
      recorded: expressionAnswer(answer),
    })
  })
  const rewrite = (answers: readonly Answer[]) => {
    const written = lines.map((line, number) => {
      const index = place.get(number)
      const question = index === undefined ? undefined : questions[index]
      const answer = index === undefined ? undefined : answers[index]
      if (question === undefined || answer === undefined) return line
      const type = answer.columns === undefined ? [] : [columnsText(answer.columns).slice(2)]
      const values = 'failure' in answer ? [`! ${answer.failure}`] : answer.rows
      return [question.text, ...type, ...values].join(' | ')
    })
    save(written.join('\n'))
  }
  return { questions, rewrite }
}

function expressionAnswer([first, ...values]: string[]): Answer | undefined {
  if (first === undefined) return undefined
  if (first.startsWith('! ')) return { failure: first.slice(2) }
  const columns: Column[] = [{ name: 'x', type: first }]
  const [value = ''] = values
  return value.startsWith('! ') ? { columns, failure: value.slice(2) } : { columns, rows: values }
}
