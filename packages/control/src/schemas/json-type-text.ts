import { type Documents, isObject, type SchemaNode } from '@millrace/schema/read'

/** How deep a type is told; further in it is only called by its kind. */
const depthMax = 3

/** The type of a JSON schema in words: `string or null`, `array of integer`, `one of "a", "b"`. */
export function jsonTypeText(node: SchemaNode, documents: Documents, depth = 0): string {
  const { json } = documents.target(node)
  if (!isObject(json)) return json ? 'anything' : 'nothing'
  if ('const' in json) return JSON.stringify(json.const)
  if (Array.isArray(json.enum)) {
    return `one of ${json.enum.map((each) => JSON.stringify(each)).join(', ')}`
  }
  const branches = ['anyOf', 'oneOf'].flatMap((keyword) => {
    const list = json[keyword]
    return Array.isArray(list) ? list : []
  })
  if (branches.length > 0 && depth < depthMax) {
    const texts = branches.map((branch) =>
      jsonTypeText(documents.child(node, branch), documents, depth + 1),
    )
    return [...new Set(texts)].join(' or ')
  }
  const types = Array.isArray(json.type) ? json.type : [json.type ?? 'anything']
  return types
    .map((type) => {
      if (type !== 'array' || Array.isArray(json.items) || json.items === undefined) return type
      if (depth >= depthMax) return type
      const items = documents.child(node, json.items)
      return `array of ${jsonTypeText(items, documents, depth + 1)}`
    })
    .join(' or ')
}
