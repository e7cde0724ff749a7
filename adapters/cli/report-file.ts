import { statSync } from 'node:fs'

/** Throws when a report would be written over the very file that it is about, under whatever name. */
export function refuseOverFile(report: string | undefined, file: string): void {
  if (report === undefined) return
  const [one, other] = [report, file].map((path) => statSync(path, { throwIfNoEntry: false }))
  if (one === undefined || other === undefined) return
  if (one.dev !== other.dev || one.ino !== other.ino) return
  throw new Error(`--report ${report} is the file to be imported: it would be written over`)
}
