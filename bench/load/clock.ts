/**
 * Milliseconds of the monotonic clock, to the microsecond and finer. All threads and processes of a
 * machine share it, so that instants may be compared between them.
 */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
