/** Why a part of a schema can be no column; the message is the reason. */
export class NoColumnError extends Error {
  override readonly name = 'NoColumnError'
}
