import type { KeyResult } from './scenario.ts'

/** What a key aims at; see `isMet`. */
export interface Target {
  /** Of the ratio, or of the value where there is no floor. */
  readonly atLeast?: number
  readonly atMost?: number
  /** A latency over `atMost` is good enough when it is no more than so many milliseconds apart. */
  readonly orMsApart?: number
  /** Of these of the further figures there may be none. */
  readonly none?: readonly string[]
}

export function isMet(target: Target, result: KeyResult): boolean {
  const { atLeast, atMost, orMsApart, none = [] } = target
  const figure = 'value' in result ? result.value : result.ratio
  const also = result.also ?? {}
  const near = orMsApart !== undefined && (also['differenceMs'] ?? Infinity) <= orMsApart
  return (
    (atLeast === undefined || figure >= atLeast) &&
    (atMost === undefined || figure <= atMost || near) &&
    none.every((name) => also[name] === 0)
  )
}

/** Such as `≤ 1.5, or 2 ms apart`. */
export function targetInWords({ atLeast, atMost, orMsApart, none = [] }: Target): string {
  const number = (value: number) => value.toLocaleString('en')
  return [
    ...(atLeast === undefined ? [] : [`≥ ${number(atLeast)}`]),
    ...(atMost === undefined ? [] : [`≤ ${number(atMost)}`]),
    ...(orMsApart === undefined ? [] : [`or ${orMsApart} ms apart`]),
    ...none.map((name) => `${name} 0`),
  ].join(', ')
}
