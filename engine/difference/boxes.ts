/** On every axis, the positions that the box holds, in their order. */
export type Box = readonly (readonly number[])[]

/** More orders of the axes than this are not tried. */
const ORDERS_MAX = 24
/** Of so many cells, a single order is. */
const CELLS_FOR_MORE_ORDERS = 20_000

/**
 * Puts cells (a position on each axis) together into few boxes. Each cell lies in exactly one of
 * them, and they hold no other.
 */
export function boxesOf(cells: readonly (readonly number[])[]): Box[] {
  const [first] = cells
  if (first === undefined) return []
  const single = cells.map((cell): Box => cell.map((position) => [position]))
  const orders = cells.length > CELLS_FOR_MORE_ORDERS ? 1 : ORDERS_MAX
  let best: Box[] | undefined
  for (const order of ordersOf(first.length, orders)) {
    const boxes = merged(single, order)
    if (best === undefined || boxes.length < best.length) best = boxes
    if (best.length === 1) break
  }
  return best!
}

/** Merges along one axis after the other until nothing more goes together. */
function merged(single: readonly Box[], order: readonly number[]): Box[] {
  let boxes = [...single]
  for (;;) {
    const before = boxes.length
    for (const axis of order) boxes = mergedAlong(boxes, axis)
    if (boxes.length === before) return boxes
  }
}

/** Boxes that differ on this axis alone become one. */
function mergedAlong(boxes: readonly Box[], axis: number): Box[] {
  const groups = new Map<string, Box[]>()
  for (const box of boxes) {
    const key = box.map((positions, at) => (at === axis ? '' : positions.join(' '))).join('|')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [box])
    else group.push(box)
  }
  return [...groups.values()].map((group) => {
    const together = group.flatMap((box) => box[axis]!).sort((a, b) => a - b)
    return group[0]!.map((positions, at) => (at === axis ? together : positions))
  })
}

/** Orders of `count` axes: the given one, then the others, `most` at most. */
function ordersOf(count: number, most: number): number[][] {
  const orders: number[][] = []
  const extend = (order: readonly number[]): void => {
    if (orders.length >= most) return
    if (order.length === count) orders.push([...order])
    for (let axis = 0; axis < count; axis++) {
      if (!order.includes(axis)) extend([...order, axis])
    }
  }
  extend([])
  return orders
}
