import { argument, type FunctionRules, type Input, scripted } from './rule.js'

/** A value as JSON, NULL where it is; what is JSON already is taken as it is. */
function jsonOf({ sql, type, expression }: Input): string {
  if (expression.kind === 'call' && expression.function === 'JSON_ARRAY') return sql
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return `CAST(${sql} AS VARCHAR)`
    case 'float':
    case 'double':
      return `millrace_json_double(CAST(${sql} AS DOUBLE))`
    case 'decimal':
      return `millrace_json_decimal(CAST(${sql} AS VARCHAR))`
    case 'timestamp':
      return `millrace_json_timestamp(epoch_us(${sql}))`
    case 'timestampLtz':
      return `(rtrim(millrace_json_timestamp(epoch_us(${sql})), '"') || 'Z"')`
    case 'binary':
    case 'varbinary':
      return `('"' || to_base64(${sql}) || '"')`
    default:
      return `millrace_json_string(${sql})`
  }
}

export const jsonFunctions: FunctionRules = [
  ['IS JSON', (inputs, type) => `coalesce(${scripted('is_json')(inputs, type)}, FALSE)`],
  ['JSON_EXISTS', scripted('json_exists')],
  ['JSON_VALUE', scripted('json_value')],
  ['JSON_QUERY', scripted('json_query')],
  ['JSON_STRING', (inputs) => jsonOf(argument(inputs, 0))],
  [
    'JSON_ARRAY',
    (inputs) => {
      if (inputs.length === 0) return "'[]'"
      return `('[' || concat_ws(',', ${inputs.map(jsonOf).join(', ')}) || ']')`
    },
  ],
  ['JSON_QUOTE', scripted('json_quote')],
  ['JSON_UNQUOTE', scripted('json_unquote')],
]
