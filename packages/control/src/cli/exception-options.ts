import { type Command, Option } from 'commander'
import { ControlError, controlErrors } from '../errors.js'

/** The options that say which exceptions are meant, as the command line gives them. */
export interface FilterOptions {
  topic?: string
  reason?: string
  field?: string
  keyword?: string
  event?: string
  since?: string
  until?: string
  limit?: string
  read?: string
}

const filterNames = [
  ...(['topic', 'reason', 'field', 'keyword', 'event'] as const),
  ...(['since', 'until', 'limit', 'read'] as const),
]

/** Adds those options; what they mean and hold is the platform's to say. */
export function addFilterOptions(command: Command, limitSays: string): Command {
  const options = [
    new Option('--topic <topic>', 'of one topic, or of a raw topic that becomes it'),
    new Option('--reason <text>', 'whose reason holds this, in any case'),
    new Option('--field <path>', 'of this field, or within it'),
    new Option('--keyword <text>', 'whose original holds this, in any case'),
    new Option('--event <id>', 'of the event with this id'),
    new Option('--since <time>', 'refused from then on: 2026-01-04T12:30:00Z, or 15m, 2h, 7d ago'),
    new Option('--until <time>', 'refused before then'),
    new Option('--limit <n>', limitSays),
    new Option('--read <n>', 'look at so many records at most (20000)'),
  ]
  for (const option of options) command.addOption(option)
  return command
}

/** The filters that were given, as the API's parameters. */
export function filtersOf(options: FilterOptions): Record<string, string> {
  const given = filterNames.flatMap((name): [string, string][] => {
    const value = options[name]
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(given)
}

/** A parameter that the platform refuses is an option that was given wrongly. */
export function asOption(cause: unknown): unknown {
  const isParameter = cause instanceof ControlError && cause.code === 'BAD_PARAMETER'
  if (!isParameter) return cause
  // An id is an argument, and no option.
  return controlErrors.badOption(cause.message.replace(/^`(?!id`)(\w+)`/, '`--$1`'))
}
