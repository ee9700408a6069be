import { SqlError } from '../../src/sql/index.js'
import type { Answer, Column } from './answer.js'
import type { CaseFile, Question } from './case-file.js'
import type { World } from './world.js'

/** Questions that are known to fail, each with a job of its own, at the same time. */
const failingAtOnce = 4

/** A question, and what its query gives. */
interface Described {
  readonly question: Question
  readonly columns: readonly Column[]
}

type Failure = Extract<Answer, { readonly failure: string }>

/**
 * Asks all questions of a file, as few jobs as can be: many expressions are columns of one query,
 * and many queries one statement set. Where one of them fails, halves are tried until it is alone.
 * Of scripts in two parts the second goes to the `reader`.
 */
export async function answersOf(
  file: CaseFile,
  world: World,
  reader: World = world,
): Promise<Answer[]> {
  const answers = new Map<Question, Answer>()
  const asked = file.questions.filter(({ kind }) => kind !== 'script')
  for (const kind of ['expression', 'query'] as const) {
    const ofKind = asked.filter((question) => question.kind === kind)
    const described = new Map<Question, Described>()
    await apart(
      ofKind,
      (question) => question.recorded?.columns === undefined && question.recorded !== undefined,
      async (questions) => {
        for (const each of await describe(world, questions)) {
          // What Flink refuses has no types that a sink could be made of.
          if (each.columns.length > 0) described.set(each.question, each)
          else answers.set(each.question, { rows: ['it is accepted'] })
        }
      },
      (question, failure) => answers.set(question, failure),
    )
    await apart(
      [...described.values()],
      ({ question: { recorded } }) => recorded !== undefined && 'failure' in recorded,
      async (questions) => {
        const rows =
          kind === 'query' ? await query(world, questions) : await values(world, questions)
        questions.forEach(({ question, columns }, index) => {
          answers.set(question, { columns, rows: rows[index] ?? [] })
        })
      },
      ({ question, columns }, failure) => answers.set(question, { columns, ...failure }),
    )
  }
  for (const question of file.questions.filter(({ kind }) => kind === 'script')) {
    answers.set(question, await play(world, reader, question))
  }
  return file.questions.map((question) => answers.get(question) ?? { failure: 'not asked' })
}

/** Runs over all items together; those expected to fail alone, and so whatever does fail. */
async function apart<Item>(
  items: readonly Item[],
  isFailing: (item: Item) => boolean,
  run: (items: readonly Item[]) => Promise<void>,
  failed: (item: Item, failure: Failure) => void,
): Promise<void> {
  const halve = async (part: readonly Item[]): Promise<void> => {
    const [first] = part
    if (first === undefined) return
    try {
      await run(part)
    } catch (error) {
      if (part.length === 1) return failed(first, failureOf(error))
      const middle = Math.ceil(part.length / 2)
      await halve(part.slice(0, middle))
      await halve(part.slice(middle))
    }
  }
  await halve(items.filter((item) => !isFailing(item)))
  const failing = items.filter(isFailing)
  const workers = Array.from({ length: failingAtOnce }, async () => {
    for (let item = failing.pop(); item !== undefined; item = failing.pop()) await halve([item])
  })
  await Promise.all(workers)
}

/** In one line; programming errors are none of an engine's answers. */
function failureOf(error: unknown): Failure {
  if (!(error instanceof Error) || error instanceof TypeError) throw error
  const [line = ''] = error.message.split('\n')
  const failure = line.replace(/answer-\d+/g, 'answer').slice(0, 300)
  return error instanceof SqlError ? { failure, isRefusal: true } : { failure }
}

async function describe(world: World, questions: readonly Question[]): Promise<Described[]> {
  const [first] = questions
  if (first?.kind !== 'expression') {
    const columns = await world.describe(
      questions.map(({ text, key, recorded }) => ({ text, key, expected: recorded?.columns })),
    )
    return questions.map((question, index) => ({ question, columns: columns[index] ?? [] }))
  }
  const expected = questions.map(({ recorded }) => recorded?.columns?.[0])
  const columns = expected.flatMap((column, place) =>
    column === undefined ? [] : [{ ...column, name: `e${place}` }],
  )
  const id = { name: 'id', type: 'INT' }
  const isKnown = columns.length === questions.length
  const select = selectOf(questions)
  const [found = []] = await world.describe([
    { text: select, key: [], expected: isKnown ? [id, ...columns] : undefined },
  ])
  return questions.map((question, place) => {
    const type = found[place + 1]?.type
    return { question, columns: type === undefined ? [] : [{ name: 'x', type }] }
  })
}

function selectOf(questions: readonly Question[]): string {
  return `SELECT id, ${questions.map(({ text }, place) => `${text} AS e${place}`).join(', ')} FROM given`
}

/** The values of each expression, a list for the rows. */
async function values(world: World, questions: readonly Described[]): Promise<string[][]> {
  const topic = freshTopic()
  const columns = questions.map(({ columns }, place) => ({
    name: `e${place}`,
    type: columns[0]?.type ?? '',
  }))
  const sink = sinkTable(topic, [{ name: 'id', type: 'INT' }, ...columns], [])
  const select = selectOf(questions.map(({ question }) => question))
  await world.run(`${sink};\nINSERT INTO \`${topic}\` ${select};`)
  const records = await world.records(topic)
  const rows = records
    .map(({ value }) => valuesIn(value ?? ''))
    .sort(([a], [b]) => Number(a) - Number(b))
  return questions.map((_, place) => rows.map((row) => row[place + 1] ?? ''))
}

/** The values of the members of a JSON object, as they are written. */
function valuesIn(json: string): string[] {
  const values: string[] = []
  let [depth, start] = [0, 0]
  for (const { 0: token, index } of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)) {
    if (depth === 1 && token === ':') start = index + 1
    if (token === '}' || token === ']') depth--
    const isEnd = (depth === 1 && token === ',') || (depth === 0 && token === '}')
    if (isEnd && start > 0) values.push(json.slice(start, index).trim())
    if (token === '{' || token === '[') depth++
  }
  return values
}

/** The rows of each query. */
async function query(world: World, questions: readonly Described[]): Promise<string[][]> {
  const sinks = questions.map(({ question, columns }) => {
    const topic = freshTopic()
    return { topic, question, table: sinkTable(topic, columns, question.key) }
  })
  const tables = sinks.map(({ table }) => `${table};\n`)
  const inserts = sinks.map(({ topic, question }) => `INSERT INTO \`${topic}\` ${question.text};\n`)
  await world.run(`${tables.join('')}EXECUTE STATEMENT SET BEGIN\n${inserts.join('')}END;`)
  const answers: string[][] = []
  for (const { topic, question } of sinks) {
    const records = await world.records(topic)
    answers.push(question.key.length === 0 ? sorted(records) : sorted(folded(records)))
  }
  return answers
}

/** A script that writes to the topic `answer`; keys are part of what it gives. */
async function play(world: World, reader: World, { text }: Question): Promise<Answer> {
  const topic = freshTopic()
  try {
    const script = text.replace(/'topic'\s*=\s*'answer'/, `'topic' = '${topic}'`)
    const [first = '', ...rest] = script.split(/^-- then\n/m)
    await world.run(first)
    for (const part of rest) await reader.run(part)
    const records = await world.records(topic)
    const isChangelog = /'upsert-kafka', *'topic' = 'answer'/.test(text)
    const rows = isChangelog ? folded(records) : records
    return {
      rows: rows.map(({ key, value }) => (key === null ? `${value}` : `${key} => ${value}`)).sort(),
    }
  } catch (error) {
    return failureOf(error)
  }
}

interface Kept {
  readonly key: string | null
  readonly value: string | null
}

/** What is left of a changelog: of each key its last row, unless it was deleted. */
function folded(records: readonly Kept[]): Kept[] {
  const byKey = new Map<string, Kept>()
  for (const record of records) {
    const { key, value } = record
    if (key === null) throw new Error('a change has a key')
    if (value === null || value === '') byKey.delete(key)
    else byKey.set(key, record)
  }
  return [...byKey.values()]
}

function sorted(records: readonly Kept[]): string[] {
  return records.map(({ value }) => value ?? 'null').sort()
}

/** A table on the log for an answer, with these columns; with a key it takes changes. */
export function sinkTable(
  name: string,
  columns: readonly Column[],
  key: readonly string[],
): string {
  const parts = columns.map(
    ({ name: column, type }) => `\`${column}\` ${type.replace(/ NOT NULL$/, '')}`,
  )
  const options = [`'topic' = '${name}'`]
  if (key.length === 0) {
    options.unshift("'connector' = 'kafka'")
    options.push("'format' = 'json'")
  } else {
    parts.push(`PRIMARY KEY (${key.map((each) => `\`${each}\``).join(', ')}) NOT ENFORCED`)
    options.unshift("'connector' = 'upsert-kafka'")
    options.push("'key.format' = 'json'", "'value.format' = 'json'")
  }
  return `CREATE TABLE \`${name}\` (${parts.join(', ')}) WITH (${options.join(', ')})`
}

let topics = 0

/** Its name is used once, so that what a job wrote that failed is no answer to anything else. */
function freshTopic(): string {
  return `answer-${topics++}`
}
