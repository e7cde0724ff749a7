import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'

/** Starts a module of this folder as a thread, compiled or from source alike. */
export function startWorker(name: string, workerData: unknown): Worker {
  const extension = extname(import.meta.url)
  const url = new URL(`./${name}${extension}`, import.meta.url)
  if (extension !== '.ts') return new Worker(url, { workerData })
  // From source: Node 20 does not hand `--import tsx` on to the first module of a worker.
  const tsx = import.meta.resolve('tsx/esm/api')
  const start = `import('${tsx}').then(({ register }) => (register(), import('${url}')))`
  return new Worker(start, { eval: true, execArgv: [], workerData })
}
