/** One of `count` slots (a power of two) for a text: FNV-1a over its UTF-16 units, folded. */
export function slotOf(text: string, count: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash ^ (hash >>> 20)) & (count - 1)
}
