import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import type { CallbackEnv } from '../callback.ts'

/** The output of a callback, opened at the first write. */
export interface OutFile<Opened> {
  /** The open output at this path. When the path changes, the previous one is closed. */
  at(env: CallbackEnv, path: string): Opened
  close(): void
}

/** One file at a time, opened by `open`, which may throw. */
export function openAtPath<Opened extends { close(): void }>(open: (full: string) => Opened): OutFile<Opened> {
  let now: { readonly path: string; readonly opened: Opened } | null = null

  function close(): void {
    const last = now
    now = null
    last?.opened.close()
  }

  return {
    at(env, path) {
      if (now?.path !== path) {
        close()
        const full = outPath(env, path)
        now = { path, opened: open(full) }
        env.log(`writes to ${full}`)
      }
      return now.opened
    },
    close,
  }
}

/**
 * A bare name is a file of the run directory; any other relative path is relative to the working directory.
 *
 * @throws Error for a file that the run itself writes: foreign lines would be mistaken for its own.
 */
export function outPath(env: CallbackEnv, path: string): string {
  if (isAbsolute(path)) return notOfTheRun(path, env)
  return notOfTheRun(basename(path) === path && env.runDir !== undefined ? join(env.runDir, path) : resolve(path), env)
}

// Statistics of callbacks may be metrics of the run: that is one stream of many writers.
const OWN_FILES = new Set<string>(Object.values(runFiles).filter((name) => name !== runFiles.metrics))

function notOfTheRun(full: string, { runDir }: CallbackEnv): string {
  const name = basename(full)
  if (runDir === undefined || !OWN_FILES.has(name) || dirname(full) !== resolve(runDir)) return full
  throw new Error(`\`${name}\` is a file of the run itself: name another file`)
}
