import { avroCodec } from '@millrace/schema/avro'
import type { Problem } from './problem.js'

/** `schemas/*.avsc`: an Avro schema, by its file's name. */
export interface SchemaFile {
  /** Such as `trip.avsc`. */
  file: string
  text: string
  /** Full name of what it describes, such as `rides.Trip`. */
  name: string
  /** The names of the record's fields; empty where the schema is not a record. */
  fields: string[]
}

/** Reads one schema; undefined, with the problem told, where it is not one. */
export function readSchema(
  place: { file: string; path: string },
  text: string,
  problems: Problem[],
): SchemaFile | undefined {
  const found = (message: string, position?: { line: number; column: number }, hint?: string) => {
    problems.push({
      file: place.path,
      ...position,
      message,
      ...(hint === undefined ? {} : { hint }),
    })
    return undefined
  }
  let schema: unknown
  try {
    schema = JSON.parse(text)
  } catch (cause) {
    const reason = reasonOf(cause)
    const offset = /position (\d+)/.exec(reason)?.[1]
    const position = positionOf(text, offset === undefined ? text.length : Number(offset))
    return found(`this is not JSON: ${reason.replace(/ in JSON at position .*$/s, '')}`, position)
  }
  try {
    const { name } = avroCodec(text)
    return { file: place.file, text, name, fields: fieldNames(schema) }
  } catch (cause) {
    return found(`this is not an Avro schema: ${reasonOf(cause)}`)
  }
}

function fieldNames(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null || !('fields' in schema)) return []
  if (!Array.isArray(schema.fields)) return []
  return schema.fields.flatMap((field: { name?: unknown }) =>
    typeof field.name === 'string' ? [field.name] : [],
  )
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
