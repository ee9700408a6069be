/** Why a conversion cannot go on. The message says what is missing, and what to do. */
export class ConverterError extends Error {
  override readonly name = 'ConverterError'
  readonly code: string
  /** It goes on by itself when what is missing is there. */
  readonly isPassing: boolean

  constructor(code: string, isPassing: boolean, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.isPassing = isPassing
  }
}

export const converterErrors = {
  schemaMissing: (topic: string, subject: string) =>
    new ConverterError(
      'SCHEMA_MISSING',
      true,
      `the topic ${topic} has no schema yet: register one under the subject ${subject}`,
    ),
  schemaUnreadable: (topic: string, cause: Error) =>
    new ConverterError(
      'SCHEMA_UNREADABLE',
      true,
      `the schema of the topic ${topic} cannot be used: ${cause.message}`,
      { cause },
    ),
  topicMissing: (topic: string) =>
    new ConverterError('TOPIC_MISSING', true, `there is no topic ${topic}`),
  fenced: (topic: string, cause: unknown) =>
    new ConverterError('FENCED', false, `the topic ${topic} is converted elsewhere, too`, {
      cause,
    }),
}
