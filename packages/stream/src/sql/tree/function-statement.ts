import type { Span } from '../source.js'
import type { NamePath } from './name.js'

/** Statements that declare functions of a script's own, and tell of them. */
export type FunctionStatement = CreateFunction | DropFunction | DescribeFunction

/** CREATE [TEMPORARY [SYSTEM]] FUNCTION [IF NOT EXISTS] name AS 'identifier' LANGUAGE …. */
export interface CreateFunction {
  readonly kind: 'createFunction'
  readonly at: Span
  readonly temporary: boolean
  readonly system: boolean
  readonly ifNotExists: boolean
  readonly name: NamePath
  readonly identifier: string
  readonly identifierAt: Span
  /** In upper case; Flink's is JAVA where it is absent. */
  readonly language?: string
  readonly languageAt?: Span
}

/** DROP [TEMPORARY [SYSTEM]] FUNCTION [IF EXISTS] name. */
export interface DropFunction {
  readonly kind: 'dropFunction'
  readonly at: Span
  readonly temporary: boolean
  readonly system: boolean
  readonly ifExists: boolean
  readonly name: NamePath
}

/** DESCRIBE FUNCTION [EXTENDED] name. */
export interface DescribeFunction {
  readonly kind: 'describeFunction'
  readonly at: Span
  readonly extended: boolean
  readonly name: NamePath
}

/** What a name of a call stands for that a script declared; more of it is known to the planner. */
export interface DeclaredFunction {
  readonly name: string
}
