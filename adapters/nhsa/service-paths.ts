import paths from './spec/paths.json' with { type: 'json' }
import { transactionNumber } from './spec/spec.ts'

/** Under what all of the interface lies. */
export const PREFIX = '/fsi/api/'
/** Takes every transaction and goes by `infno`; some clients put the number behind it. */
export const SINGLE = 'rsfComIfsService/callService'

const BY_PATH = new Map<string, string[]>()
for (const [transaction, services] of Object.entries(paths)) {
  for (const service of services) {
    BY_PATH.set(service, [...(BY_PATH.get(service) ?? []), transaction])
  }
}

/** The paths of a transaction behind the prefix; none where only the single address is known. */
export function servicePaths(transaction: string): readonly string[] {
  return (paths as Readonly<Record<string, readonly string[]>>)[transaction] ?? []
}

/** Which transactions a path takes: `any`, those of a service, or none for a path that is no service. */
export type PathTakes = 'any' | readonly string[]

/** `path` is that of the request, with the prefix and without a query. */
export function takenAt(path: string): PathTakes {
  if (!path.startsWith(PREFIX)) return []
  const service = path.slice(PREFIX.length).replace(/\/$/, '')
  if (service === SINGLE) return 'any'
  if (service.startsWith(`${SINGLE}/`)) {
    const number = transactionNumber(service.slice(SINGLE.length + 1))
    return number === undefined ? [] : [number.base]
  }
  return BY_PATH.get(service) ?? []
}
