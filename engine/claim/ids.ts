/**
 * Ids are journal positions under a letter that says what stands there: reading one back needs no
 * index.
 */

export function settlementId(position: number): string {
  return `S${position}`
}

export function reversalId(position: number): string {
  return `R${position}`
}

export function visitId(position: number): string {
  return `V${position}`
}

/** The journal position that a settlement id names, or nothing when it is none. */
export function positionOf(id: string): number | undefined {
  return positionUnder('S', id)
}

/** The same of a reversal's id. */
export function reversalPositionOf(id: string): number | undefined {
  return positionUnder('R', id)
}

/** The same of a visit id: where its opening stands. */
export function visitPositionOf(id: string): number | undefined {
  return positionUnder('V', id)
}

/** A filing with the interface; its id is where the journal keeps it. */
export function filingId(position: number): string {
  return `F${position}`
}

export function filingPositionOf(id: string): number | undefined {
  return positionUnder('F', id)
}

/** A settlement list (医疗保障基金结算清单) as it was uploaded. */
export function settlementListId(position: number): string {
  return `L${position}`
}

function positionUnder(letter: string, id: string): number | undefined {
  const digits = id.startsWith(letter) ? id.slice(letter.length) : ''
  return /^[1-9]\d{0,9}$/.test(digits) ? Number(digits) : undefined
}
