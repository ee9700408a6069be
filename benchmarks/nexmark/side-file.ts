import fs from 'node:fs'

/** As many keys as the query that looks them up makes of the auctions. */
const rowCount = 10_000

/** Writes the table in a file that bids are joined with: of each key one row. */
export function writeSideFile(file: string): void {
  const rows = Array.from({ length: rowCount }, (_, key) => `${key},value ${key}\n`)
  fs.writeFileSync(file, rows.join(''))
}
