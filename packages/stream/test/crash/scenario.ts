import type { Random } from '@millrace/host'

/** A record to produce, and where. */
export interface FedRow {
  /** A table of the scenario. */
  readonly table: string
  readonly partition: number
  readonly row: Readonly<Record<string, unknown>>
}

/** A job that is worth killing: what it reads, and what it makes of that. */
export interface Scenario {
  readonly name: string
  /** The tables that it reads. */
  readonly tables: readonly string[]
  /** What is published: rows that only come, or the latest row of each key. */
  readonly output: 'append' | 'upsert'
  /** Rows in the order of their time, so mixed that none of them is late however they are read. */
  rows(random: Random, count: number): FedRow[]
  /** `topicOf` says which topic a table is. */
  script(topicOf: (table: string) => string): string
}

/** Partitions of each topic that is read. */
export const partitions = 2

const source = (topic: string) =>
  `WITH ('connector' = 'kafka', 'topic' = '${topic}', 'format' = 'json')`
const upsert = (topic: string) =>
  `WITH ('connector' = 'upsert-kafka', 'topic' = '${topic}', 'key.format' = 'json', 'value.format' = 'json')`

/** Orders meet their customers, some of whom come later; the groups below are taken back then. */
const joinAndGroup: Scenario = {
  name: 'a join and a grouping, by key',
  tables: ['orders', 'customers'],
  output: 'upsert',
  rows(random, count) {
    // Long notes make the journal grow until snapshots are taken.
    const noteLength = random.below(2) === 0 ? 5 : 60_000
    return Array.from({ length: count }, (_, id) => {
      const partition = random.below(partitions)
      if (id % 8 === 0) {
        const row = { id: id / 8, region: `region ${random.below(6)}` }
        return { table: 'customers', partition, row }
      }
      const customer = random.below(Math.ceil(count / 8))
      const note = 'n'.repeat(random.below(noteLength)) + id
      const row = { id, customer, amount: random.below(1000), note }
      return { table: 'orders', partition, row }
    })
  },
  script: (topicOf) => `
    CREATE TABLE orders (id INT, customer INT, amount INT, note STRING) ${source(topicOf('orders'))};
    CREATE TABLE customers (id INT, region STRING) ${source(topicOf('customers'))};
    CREATE TABLE results (
      region STRING, orders BIGINT, amount BIGINT, longest INT, PRIMARY KEY (region) NOT ENFORCED
    ) ${upsert(topicOf('results'))};
    INSERT INTO results
    SELECT COALESCE(c.region, 'unknown'), COUNT(*), SUM(o.amount), MAX(CHAR_LENGTH(o.note || COALESCE(c.region, '')))
    FROM orders AS o LEFT JOIN customers AS c ON o.customer = c.id
    GROUP BY COALESCE(c.region, 'unknown');`,
}

const sessions: Scenario = {
  name: 'sessions, appended',
  tables: ['clicks'],
  output: 'append',
  rows: (random, count) =>
    Array.from({ length: count }, (_, id) => ({
      table: 'clicks',
      partition: random.below(partitions),
      row: {
        visitor: random.below(12),
        n: id,
        clicked_at: timeText(id * 400 - random.below(1500)),
      },
    })),
  script: (topicOf) => `
    CREATE TABLE clicks (
      visitor INT, n INT, clicked_at TIMESTAMP(3), WATERMARK FOR clicked_at AS clicked_at - INTERVAL '2' SECOND
    ) ${source(topicOf('clicks'))};
    CREATE TABLE results (starts TIMESTAMP(3), ends TIMESTAMP(3), visitor INT, clicks BIGINT, total BIGINT)
    ${source(topicOf('results'))};
    INSERT INTO results SELECT window_start, window_end, visitor, COUNT(*), SUM(n)
    FROM TABLE(SESSION(TABLE clicks PARTITION BY visitor, DESCRIPTOR(clicked_at), INTERVAL '5' SECOND))
    GROUP BY window_start, window_end, visitor;`,
}

const topN: Scenario = {
  name: 'the first three, by key',
  tables: ['bids'],
  output: 'upsert',
  rows: (random, count) =>
    Array.from({ length: count }, (_, id) => ({
      table: 'bids',
      partition: random.below(partitions),
      // Prices rise, so that the first three change all the time.
      row: { id, item: random.below(8), price: id + random.below(400) },
    })),
  script: (topicOf) => `
    CREATE TABLE bids (id INT, item INT, price INT) ${source(topicOf('bids'))};
    CREATE TABLE results (
      item INT, place BIGINT, id INT, price INT, PRIMARY KEY (item, place) NOT ENFORCED
    ) ${upsert(topicOf('results'))};
    INSERT INTO results SELECT item, place, id, price FROM (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY price DESC, id) AS place FROM bids
    ) WHERE place <= 3;`,
}

export const scenarios: readonly Scenario[] = [joinAndGroup, sessions, topN]

function timeText(ms: number): string {
  const at = new Date(Date.UTC(2026, 0, 4) + ms)
  return at.toISOString().slice(0, 23).replace('T', ' ')
}
