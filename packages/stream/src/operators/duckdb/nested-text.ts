import type { DataType } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import { rowFieldName } from './nested.js'

/**
 * A nested value as CAST to text writes it: `[1, NULL]`, `(1, x)`, `{k=1}`. `plain` is the text of a
 * part that is not nested.
 */
export function nestedText(
  sql: string,
  type: DataType,
  plain: (sql: string, type: DataType) => string,
  depth = 0,
): string {
  const part = (each: string, of: DataType) => {
    const text = isNested(of) ? nestedText(each, of, plain, depth + 1) : plain(each, of)
    return `coalesce(${text}, 'NULL')`
  }
  const name = `text${depth}`
  const joined = (list: string) => `coalesce(array_to_string(${list}, ', '), '')`
  const wrapped = (open: string, inner: string, close: string) =>
    `CASE WHEN (${sql}) IS NOT NULL THEN '${open}' || ${inner} || '${close}' END`
  switch (type.kind) {
    case 'array':
      return wrapped(
        '[',
        joined(`list_transform(${sql}, lambda ${name}: ${part(name, type.element)})`),
        ']',
      )
    case 'map':
    case 'multiset': {
      const [key, value]: [DataType, DataType] =
        type.kind === 'map'
          ? [type.key, type.value]
          : [type.element, { kind: 'int', nullable: false }]
      const entry = `${part(`${name}.key`, key)} || '=' || ${part(`${name}.value`, value)}`
      const list = `list_transform(map_entries(${sql}), lambda ${name}: ${entry})`
      return wrapped('{', joined(list), '}')
    }
    case 'row': {
      const fields = type.fields.map((field, index) =>
        part(`struct_extract(${sql}, '${rowFieldName(index)}')`, field.type),
      )
      return wrapped('(', fields.join(" || ', ' || "), ')')
    }
    default:
      return plain(sql, type)
  }
}
