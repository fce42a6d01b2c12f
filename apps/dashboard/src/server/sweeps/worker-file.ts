import type { WorkerOptions } from 'node:worker_threads'

/** The worker's file and its Node arguments. */
export interface WorkerFile {
  readonly url: URL
  readonly options: WorkerOptions
}

/**
 * Locates the worker that reads sweeps. In the published package it is a `.js` file next to this module. In the workspace, where sources
 * run directly, a TypeScript loader is added.
 */
export function sweepWorkerFile(): WorkerFile {
  if (!import.meta.url.endsWith('.ts')) return { url: new URL('./sweep-worker.js', import.meta.url), options: {} }
  const loader = new URL('../../../../../scripts/typescript-loader.mjs', import.meta.url)
  return {
    url: new URL('./sweep-worker.ts', import.meta.url),
    options: { execArgv: ['--conditions=@hotcb/source', '--import', loader.href, '--no-warnings'] },
  }
}
