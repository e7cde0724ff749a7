/** One thing that a pack says outside its tables, or a list of such. */
export type FieldValue = string | number | boolean | readonly (string | number | boolean)[]

/** Something that was said and is said otherwise; absent: nothing was, or is, said. */
export interface FieldDifference {
  /** Leads to it, key by key; the members of lists are named by their ids. */
  readonly path: readonly string[]
  readonly before?: FieldValue
  readonly after?: FieldValue
}

interface Field {
  readonly path: readonly string[]
  readonly value: FieldValue
  /** It is the order of a list's members, and not something that happens to be called so. */
  readonly isOrder?: true
}

/** Everything that a value of plain data says, each with its path. */
export type Fields = ReadonlyMap<string, Field>

/** Lists of things with an id are looked into; their order is a field of its own. */
export function fieldsOf(value: unknown, path: readonly string[] = []): Fields {
  const fields = new Map<string, Field>()
  const add = (at: readonly string[], value: FieldValue) =>
    fields.set(at.join('\n'), { path: at, value })
  const walk = (node: unknown, at: readonly string[]): void => {
    if (node === undefined || node === null) return
    if (Array.isArray(node)) {
      if (!node.every(isNamed)) add(at, node.map(said))
      else {
        const order = {
          path: [...at, ORDER],
          value: node.map(({ id }) => id),
          isOrder: true,
        } as const
        if (node.length > 1) fields.set(order.path.join('\n'), order)
        for (const { id, ...rest } of node) walk(rest, [...at, id])
      }
    } else if (typeof node === 'object') {
      for (const [key, member] of Object.entries(node)) walk(member, [...at, key])
    } else add(at, node as FieldValue)
  }
  walk(value, path)
  return fields
}

/** The last key of a path whose value is the order of a list's members. */
const ORDER = 'order'

function isNamed(member: unknown): member is { id: string } {
  return typeof member === 'object' && member !== null && 'id' in member
}

/** Members of a list that are no plain values, such as steps, are said by their own values. */
function said(member: unknown): string | number | boolean {
  if (typeof member !== 'object' || member === null) return member as string
  return Object.entries(member)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, value]) => (typeof value === 'object' ? JSON.stringify(value) : value))
    .join(' ')
}

/** What is said otherwise, in the order of the later version; what is said no longer comes last. */
export function compareFields(before: Fields, after: Fields): FieldDifference[] {
  const keys = [...new Set([...after.keys(), ...before.keys()])]
  return keys.flatMap((key) => {
    const was = before.get(key)
    const is = after.get(key)
    if (JSON.stringify(was?.value) === JSON.stringify(is?.value)) return []
    // What came or went is told by its own fields.
    if ((is ?? was)!.isOrder === true && !sameMembers(was?.value, is?.value)) return []
    return [
      {
        path: (is ?? was)!.path,
        ...(was === undefined ? {} : { before: was.value }),
        ...(is === undefined ? {} : { after: is.value }),
      },
    ]
  })
}

function sameMembers(one: FieldValue | undefined, other: FieldValue | undefined): boolean {
  const sorted = (value: FieldValue | undefined) => [value ?? []].flat().map(String).sort()
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
}
