import type { CivilDate } from '../claim/claim.ts'
import { lineForm, lineOf } from '../claim/claim-form.ts'
import type { Entry, Subject } from '../ledger/entry.ts'
import { packSubject } from './drug-packs.ts'
import type { DrugPack, Particulars, SettledPart, VisitEvent, VisitLine } from './visit.ts'

/** The layout of the packed form; a change of it gets a new number and keeps the old reader. */
const LAYOUT = 1

/** An event of a visit in its place among them. */
export interface PlacedEvent {
  readonly event: VisitEvent
  /** Positions of the visit's opening and of the event before; 0 of the opening itself. */
  readonly opening: number
  readonly previous: number
}

/**
 * The event as plain data; its lines as arrays in a fixed order. They say much the same of themselves:
 * the names of what they say stand once in the event, in the order of each line's values.
 */
export function packEvent({ event, opening, previous }: PlacedEvent): unknown {
  if (!('lines' in event)) return [LAYOUT, opening, previous, event]
  const said = [...new Set(event.lines.flatMap(({ particulars = {} }) => Object.keys(particulars)))]
  const lines = event.lines.map((line) => packLine(line, said))
  const names = said.length === 0 ? {} : { said }
  return [LAYOUT, opening, previous, Object.assign({}, event, { lines }, names)]
}

export function unpackEvent({ kind, content }: Pick<Entry, 'kind' | 'content'>): PlacedEvent {
  if (kind !== 'visit-event') throw new Error(`a ${kind} is no event of a visit`)
  const [layout, opening, previous, packed] = content as [number, number, number, PackedEvent]
  if (layout !== LAYOUT) throw new Error(`an event is packed in an unknown layout: ${layout}`)
  if (!('lines' in packed)) return { event: packed, opening, previous }
  const { said = [], ...event } = packed
  const lines = packed.lines.map((line) => unpackLine(line, said))
  return { event: { ...event, lines }, opening, previous }
}

type PackedEvent = VisitEvent & { readonly said?: readonly string[] }

function packLine(
  { line, batch, returns, particulars, packs }: VisitLine,
  said: readonly string[],
): unknown[] {
  const packed: unknown[] = [lineForm(line), batch ?? null]
  const values = particulars && said.map((name) => particulars[name] ?? null)
  // What few lines have comes last and takes no place when absent.
  const rare = [returns, values, packs?.map(packPack)]
  const last = rare.findLastIndex((one) => one !== undefined)
  for (const one of rare.slice(0, last + 1)) packed.push(one ?? null)
  return packed
}

type PackedPack = readonly [code: string, opened: 0 | 1]

function packPack({ code, opened }: DrugPack): PackedPack {
  return [code, opened ? 1 : 0]
}

function unpackLine(packed: unknown, said: readonly string[]): VisitLine {
  const [form, batch, returns, values, packs] = packed as [
    unknown[],
    string | null,
    (string | null)?,
    (readonly (string | null)[] | null)?,
    (readonly PackedPack[])?,
  ]
  return {
    line: lineOf(form),
    ...(batch === null ? {} : { batch }),
    ...(returns === null || returns === undefined ? {} : { returns }),
    ...(values === null || values === undefined ? {} : { particulars: saidOf(values, said) }),
    ...(packs === undefined
      ? {}
      : { packs: packs.map(([code, opened]) => ({ code, opened: opened === 1 })) }),
  }
}

function saidOf(values: readonly (string | null)[], said: readonly string[]): Particulars {
  const particulars: Record<string, string> = {}
  for (const [at, value] of values.entries()) if (value !== null) particulars[said[at]!] = value
  return particulars
}

/** The form in which two lines of one number are compared: what decides nothing may differ. */
export function visitLineForm({ line, batch, returns, packs = [] }: VisitLine): string {
  return JSON.stringify([lineForm(line), batch ?? null, returns ?? null, packs.map(packPack)])
}

/** Which visit a settlement is of, and which part, as its record keeps it. */
export type PackedPart = readonly [
  subject: Subject,
  /** Position of the visit's opening; 0 where it is the entry before, as of a purchase. */
  opening: number,
  batch: string | null,
  period: readonly [CivilDate, CivilDate, boolean] | null,
  /** The packs of drugs that it sells; absent or empty where none is named. */
  packs?: readonly PackedPack[],
  /** What its message said besides; absent where it was nothing. */
  particulars?: Particulars,
]

export function packPart(
  subject: Subject,
  opening: number,
  part: SettledPart,
  packs: readonly DrugPack[],
  particulars: Particulars = {},
): PackedPart {
  const batch = 'batch' in part ? part.batch : null
  const period = 'batch' in part ? null : ([part.from, part.until, part.final] as const)
  if (Object.keys(particulars).length > 0) {
    return [subject, opening, batch, period, packs.map(packPack), particulars]
  }
  return packs.length === 0
    ? [subject, opening, batch, period]
    : [subject, opening, batch, period, packs.map(packPack)]
}

/** What a settlement of that part touches besides the subjects of its claim. */
export function subjectsOfPart([visit, , , , packs = []]: PackedPart): Subject[] {
  return [visit, ...packs.map(([code]) => packSubject(code))]
}

export function unpackPart([, , batch, period]: PackedPart): SettledPart {
  if (period === null) return { batch }
  const [from, until, final] = period
  return { from, until, final }
}
