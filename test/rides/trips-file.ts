import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the project; compiled tests lie in `test/dist/rides`. */
export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

/** 15,002 taxi trips of the City of Chicago, which this repository does not contain. */
export const tripsFile =
  process.env.MILLRACE_TRIPS_CSV ??
  path.join(root, '..', 'shared', 'data', 'chicago_taxi_trips.csv')

/**
 * Why the tests on real trips cannot run, or false when they can. In CI nothing is left out: the
 * tests run, and fail where the file is missing.
 */
export function leftOut(): string | false {
  if (existsSync(tripsFile) || process.env.CI !== undefined) return false
  return `LEFT OUT: there is no ${tripsFile}; name the file in MILLRACE_TRIPS_CSV`
}
