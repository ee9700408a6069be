import { type Level, levelBreaks, schemaTypes } from '@millrace/schema/read'
import { schemaTypeTitles } from '../project/schema.js'
import type { SchemaWithReferred } from './baseline.js'

/** Why a schema may not follow older ones, oldest first, by the rules that the registry has. */
export function levelReasons(
  level: Level,
  schema: SchemaWithReferred,
  older: readonly (SchemaWithReferred & { version: number })[],
): string[] {
  const side = ({ type, text, referred }: SchemaWithReferred) => ({
    schemaType: type,
    parse: () => {
      const language = schemaTypes.find(({ name }) => name === type)
      if (language === undefined) throw new Error(`Schemas of type ${type} cannot be read here.`)
      return language.parse(text, referred)
    },
  })
  const versions = older.map((each) => ({ ...side(each), version: each.version }))
  return levelBreaks(level, side(schema), versions).map(({ reason }) => reason)
}

/** What a type of schemas is called, those too that are not known here. */
export function typeTitle(type: string): string {
  return (schemaTypeTitles as Readonly<Record<string, string>>)[type] ?? type
}
