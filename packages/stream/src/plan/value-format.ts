/** Formats whose records tell changes of rows, and not rows. */
export const changelogFormats: readonly string[] = [
  ...['debezium-json', 'debezium-avro-confluent', 'canal-json', 'maxwell-json', 'ogg-json'],
]

/** The format of a table's values, under either of its names. */
export function formatOf(options: ReadonlyMap<string, string>): string | undefined {
  return options.get('value.format') ?? options.get('format')
}
