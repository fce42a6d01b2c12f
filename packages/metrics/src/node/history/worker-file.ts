import type { WorkerOptions } from 'node:worker_threads'

/** The file of the worker and its Node arguments. */
export interface WorkerFile {
  readonly url: URL
  readonly options: WorkerOptions
}

/**
 * Locates the worker of the history store. In the published package it is next to this module, and both are `.js`. In the
 * workspace, where sources run directly, a TypeScript loader is added.
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
