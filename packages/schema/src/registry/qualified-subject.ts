/**
 * Names of subjects. A context is a space of its own for subjects and ids; its subjects are
 * written `:.context:subject`, those of the default context `.` bare, and `:.context:` alone is
 * the context itself, for instance in a config.
 */

/** The context of bare subjects. */
export const defaultContext = '.'
/** Settings of this context hold for all contexts. */
export const globalContext = '.__GLOBAL'

const prefix = ':.'
const wildcard = ':*:'

export interface QualifiedSubject {
  /** With its leading dot; `*` for every context. */
  readonly context: string
  /** Empty where a context is meant. */
  readonly subject: string
}

/** Takes a name apart; every text is one. */
export function parseSubject(name: string): QualifiedSubject {
  if (name.startsWith(wildcard)) return { context: '*', subject: name.slice(wildcard.length) }
  if (!name.startsWith(prefix)) return { context: defaultContext, subject: name }
  const end = name.indexOf(':', prefix.length)
  if (end < 0) return { context: name.slice(1), subject: '' }
  return { context: name.slice(1, end), subject: name.slice(end + 1) }
}

/** The one name of a subject: bare in the default context. */
export function formatSubject({ context, subject }: QualifiedSubject): string {
  return `${contextPrefix(context)}${subject}`
}

/** What stands before the subjects of a context: `:.context:`, nothing for the default one. */
export function contextPrefix(context: string): string {
  return context === defaultContext ? '' : `:${context}:`
}

/** The same name in its one form. */
export function normalizeSubject(name: string): string {
  return formatSubject(parseSubject(name))
}

/** A name that a schema of `parent` uses: without a context of its own it is in the parent's. */
export function qualifyWithin(parent: string, name: string): string {
  if (name.startsWith(prefix)) return normalizeSubject(name)
  return formatSubject({ context: parseSubject(parent).context, subject: name })
}

/** Whether a subject may have this name. */
export function isValidSubject(name: string, isSetting = false): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what may not be in a name
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return false
  const { context, subject } = parseSubject(name)
  if (subject === '__GLOBAL' || subject === '__EMPTY') return false
  return isSetting || (context !== globalContext && context !== '*' && subject !== '')
}
