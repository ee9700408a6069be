/** Functions of Flink that are not there, each with the reason and what to do instead. */
export const notThere: ReadonlyMap<string, string> = new Map([
  ...listed(
    'there is no VARIANT: keep the text, and read it with JSON_VALUE',
    'PARSE_JSON TRY_PARSE_JSON',
  ),
  ...listed('there are no structured types: use columns of their own', 'OBJECT_OF OBJECT_UPDATE'),
  ...listed('a source of Kafka has no watermark of its own: declare one', 'SOURCE_WATERMARK'),
  ...listed('compute without it', 'HASH_CODE PRINT DEFAULT SINGLE_VALUE'),
  ...listed(
    'it belongs to MATCH_RECOGNIZE',
    'CLASSIFIER MATCH_ROWTIME MATCH_PROCTIME FIRST LAST NEXT PREV',
  ),
  ...listed('it belongs to models, which are not there', 'ML_PREDICT ML_EVALUATE VECTOR_SEARCH'),
])

function listed(reason: string, names: string): (readonly [string, string])[] {
  return names.split(/\s+/).map((name) => [name, reason])
}
