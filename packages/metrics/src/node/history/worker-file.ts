import type { WorkerOptions } from 'node:worker_threads'

/** The file of the worker, and what it needs to run. */
export interface WorkerFile {
  readonly url: URL
  readonly options: WorkerOptions
}

/**
 * Where the worker of the history store is: beside this module in what is published, where both are `.js`. In the
 * workspace itself, where sources run as they are, a loader for TypeScript goes with it.
 */
export function historyWorkerFile(): WorkerFile {
  if (!import.meta.url.endsWith('.ts'))
    return { url: new URL('./node/history-worker.js', import.meta.url), options: {} }
  const loader = new URL('../../../../../scripts/typescript-loader.mjs', import.meta.url)
  return {
    url: new URL('./history-worker.ts', import.meta.url),
    options: { execArgv: ['--conditions=@hotcb/source', '--import', loader.href, '--no-warnings'] },
  }
}
