/** `order_line` and `order-line` as `OrderLine`. */
export function pascal(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  const joined = words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
  return /^[0-9]/.test(joined) || joined === '' ? `T${joined}` : joined
}
