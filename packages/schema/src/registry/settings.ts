/**
 * Configs and modes: of a subject, of a context, of the whole registry, and what holds for a
 * subject of these.
 *
 * A subject's own config stands, completed by the registry's; without one, its context's, then
 * that of `:.__GLOBAL:`, then what is built in. Modes go the same way, except that
 * READONLY_OVERRIDE of a context or of the registry holds over those of its subjects.
 */
import { isLevel, type Level, levelDefault } from './level.js'
import { contextPrefix, defaultContext, globalContext, parseSubject } from './qualified-subject.js'
import type { RegistryEvent } from './record.js'
import type { JsonObject } from './schema-version.js'

export const modes = ['READWRITE', 'READONLY', 'READONLY_OVERRIDE', 'IMPORT', 'FORWARD'] as const
export type Mode = (typeof modes)[number]

/** What a config says of `validateFields` and the like is kept, and not acted on. */
export interface Config extends JsonObject {
  readonly compatibilityLevel?: string
  readonly normalize?: boolean
  readonly alias?: string
  readonly compatibilityGroup?: string
  readonly defaultMetadata?: JsonObject
  readonly overrideMetadata?: JsonObject
  readonly defaultRuleSet?: JsonObject
  readonly overrideRuleSet?: JsonObject
}

/** Where settings of the registry itself are kept. */
const registry = ''
/** Settings of all contexts. */
const everywhere = contextPrefix(globalContext)

export class Settings {
  readonly #configs = new Map<string, Config>()
  readonly #modes = new Map<string, string>()

  /** Folds one more record in; to fold one twice changes nothing. */
  apply(event: RegistryEvent): void {
    if (event.kind === 'config') {
      if (event.config === undefined) this.#configs.delete(event.subject)
      else this.#configs.set(event.subject, event.config)
    } else if (event.kind === 'mode') {
      if (event.mode === undefined) this.#modes.delete(event.subject)
      else this.#modes.set(event.subject, event.mode)
    }
  }

  /** The config of a subject itself ('' for the registry's); undefined when it has none. */
  config(subject: string): Config | undefined {
    const own = this.#configs.get(subject)
    if (own === undefined)
      return isWhole(subject) ? { compatibilityLevel: levelDefault } : undefined
    return { ...own, compatibilityLevel: own.compatibilityLevel ?? levelDefault }
  }

  /** The config as it was put; undefined when there is none. */
  storedConfig(subject: string): Config | undefined {
    return this.#configs.get(subject)
  }

  /** The config that holds for a subject. */
  configFor(subject: string): Config {
    const own = subject === registry ? undefined : this.config(subject)
    if (own !== undefined) return { ...inherited(this.config(registry) ?? {}), ...own }
    for (const place of placesAbove(subject)) {
      const above = this.#configs.get(place)
      if (above) return { ...above, compatibilityLevel: above.compatibilityLevel ?? levelDefault }
    }
    return { compatibilityLevel: levelDefault }
  }

  /** The compatibility level that holds for a subject. */
  levelFor(subject: string): Level {
    const { compatibilityLevel, appendWithDefaults } = this.configFor(subject)
    if (appendWithDefaults === true) return 'APPEND_WITH_DEFAULTS'
    return isLevel(compatibilityLevel) ? compatibilityLevel : levelDefault
  }

  /** The mode of a subject itself ('' for the registry's); undefined when it has none. */
  mode(subject: string): string | undefined {
    return this.#modes.get(subject) ?? (isWhole(subject) ? 'READWRITE' : undefined)
  }

  /** The mode that holds for a subject. */
  modeFor(subject: string): string {
    const above = placesAbove(subject).map((place) => this.#modes.get(place))
    if (above.includes('READONLY_OVERRIDE')) return 'READONLY_OVERRIDE'
    const own = subject === registry ? undefined : this.#modes.get(subject)
    return own ?? above.find((mode) => mode !== undefined) ?? 'READWRITE'
  }

  /** Subjects and contexts with a mode of their own. */
  subjectsWithMode(): string[] {
    return [...this.#modes.keys()]
  }

  /** The subject that `subject` is another name of; itself when it is none. */
  target(subject: string): string {
    const alias = this.#configs.get(subject)?.alias
    if (alias === undefined || alias === '') return subject
    const { context } = parseSubject(subject)
    return alias.startsWith(':.') ? alias : `${contextPrefix(context)}${alias}`
  }
}

function isWhole(subject: string): boolean {
  return subject === registry || subject === everywhere
}

/** What a subject's config takes from the registry's where it says nothing itself. */
function inherited(config: Config): Config {
  const names = ['normalize', 'validateFields', 'validateRules', 'compatibilityGroup']
  return Object.fromEntries(Object.entries(config).filter(([name]) => names.includes(name)))
}

/** From near to far. */
function placesAbove(subject: string): string[] {
  const { context } = parseSubject(subject)
  const near = context === defaultContext ? registry : contextPrefix(context)
  return [near, everywhere]
}
