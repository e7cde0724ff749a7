import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Transferable, Worker } from 'node:worker_threads'

/** Starts the module `name` of this folder in a thread, from the sources and from the build alike. */
export function startWorker(
  name: string,
  workerData: object,
  transferList: Transferable[] = [],
): Worker {
  const url = new URL(`./${name}${extname(import.meta.url)}`, import.meta.url)
  return startThread(url, workerData, transferList)
}

/** The same for a module that stands elsewhere. */
export function startThread(
  url: URL,
  workerData: object,
  transferList: Transferable[] = [],
): Worker {
  if (extname(url.href) !== '.ts') return new Worker(url, { workerData, transferList })
  // From source: Node 20 does not hand `--import tsx` on to the first module of a worker.
  const tsx = import.meta.resolve('tsx/esm/api')
  const start = `import('${tsx}').then(({ register }) => (register(), import('${url}')))`
  return new Worker(start, { eval: true, execArgv: [], workerData, transferList })
}

/** The same for the threads of a Piscina pool. */
export function moduleForPool(name: string): { filename: string; execArgv?: string[] } {
  const extension = extname(import.meta.url)
  const filename = fileURLToPath(new URL(`./${name}${extension}`, import.meta.url))
  return extension === '.ts' ? { filename, execArgv: ['--import', 'tsx'] } : { filename }
}
