/** `partition:0,offset:42;partition:1,offset:300`: offsets by partition. */
export function parseSpecificOffsets(text: string): ReadonlyMap<number, number> | undefined {
  const offsets = new Map<number, number>()
  for (const part of text.split(';')) {
    const match = /^\s*partition:\s*(\d+)\s*,\s*offset:\s*(\d+)\s*$/.exec(part)
    if (match === null) return undefined
    const [partition, offset] = [Number(match[1]), Number(match[2])]
    if (!Number.isSafeInteger(offset) || offsets.has(partition)) return undefined
    offsets.set(partition, offset)
  }
  return offsets
}
