import type { ExportThreadData } from './export-thread.ts'
import { runInThread } from './thread-run.ts'

/** Everything about a person as JSON, gathered in a thread of its own. */
export function exportPerson(
  folder: string,
  personId: string,
  opensCredentials: boolean,
): Promise<string> {
  const data: ExportThreadData = { folder, personId, opensCredentials }
  return runInThread<never, string>('export-thread', data, [], () => {}).outcome
}
