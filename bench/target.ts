import type { KeyResult, Target } from './scenario.ts'

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
