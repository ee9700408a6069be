/** `text` as an SQL string. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A condition that fails the step with `message`, as a value of any type. */
export function failure(message: string): string {
  return `error(${quoted(message)})`
}
