import { KafkaError } from '../errors.js'
import { configTypes } from './config-resource.js'
import { listOf, type TopicConfigs } from './topic-config.js'

/** One change that IncrementalAlterConfigs asks for. */
export interface ConfigChange {
  readonly name: string
  /** 0 sets, 1 deletes, 2 appends to a list, 3 takes out of a list. */
  readonly configOperation: number
  readonly value: string | null
}

/** What must be known of a setting to change it. */
interface Changeable {
  readonly name: string
  readonly configType: number
  readonly defaultValue: string | null
}

const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const

/**
 * The settings after some changes; what is deleted is left out. Whether the new values are right
 * is not looked at. Throws INVALID_REQUEST where a setting is named twice, has no value, or is to
 * be changed in an unknown way, INVALID_CONFIG where what is no list is to be changed as one.
 */
export function alteredConfigs(
  where: string,
  before: TopicConfigs,
  changes: readonly ConfigChange[],
  settings: readonly Changeable[],
): TopicConfigs {
  checkNamedOnce(where, changes)
  const after = new Map(Object.entries(before))
  for (const { name, configOperation, value } of changes) {
    if (configOperation === operations.delete) {
      after.delete(name)
      continue
    }
    if (value === null) throw withoutValue(where, name)
    const setting = settings.find((each) => each.name === name)
    switch (configOperation) {
      case operations.set:
        after.set(name, value)
        break
      case operations.append:
      case operations.subtract: {
        if (setting?.configType !== configTypes.list) {
          const detail = `${name} is no list; it can be set, but nothing can be added or taken out.`
          throw new KafkaError('INVALID_CONFIG', where, { detail })
        }
        const present = listOf(after.get(name) ?? setting.defaultValue ?? '')
        const given = listOf(value)
        const list =
          configOperation === operations.append
            ? [...present, ...given.filter((each) => !present.includes(each))]
            : present.filter((each) => !given.includes(each))
        after.set(name, list.join(','))
        break
      }
      default: {
        const detail = `${configOperation} is not one of the ways to change a setting.`
        throw new KafkaError('INVALID_REQUEST', where, { detail })
      }
    }
  }
  return Object.fromEntries(after)
}

/** The settings that AlterConfigs gives. Throws INVALID_REQUEST as above. */
export function givenConfigs(
  where: string,
  given: readonly { name: string; value: string | null }[],
): TopicConfigs {
  checkNamedOnce(where, given)
  return Object.fromEntries(
    given.map(({ name, value }) => {
      if (value === null) throw withoutValue(where, name)
      return [name, value]
    }),
  )
}

function checkNamedOnce(where: string, all: readonly { name: string }[]): void {
  if (new Set(all.map(({ name }) => name)).size === all.length) return
  throw new KafkaError('INVALID_REQUEST', where, { detail: 'A setting is named twice.' })
}

function withoutValue(where: string, name: string): KafkaError {
  return new KafkaError('INVALID_REQUEST', where, { detail: `${name} has no value.` })
}
