/** The name of a field in JSON where its options give none, as Protobuf's compiler makes it. */
export function jsonNameOf(field: string): string {
  return field.replaceAll(/_+(.?)/g, (_, letter: string) => letter.toUpperCase())
}
