import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import type { CallbackEnv } from '../callback.ts'

/** A callback's output file, opened at the first write. */
export interface OutFile<Opened> {
  /** Returns the open output at this path. When the path changes, the previous output is closed. */
  at(env: CallbackEnv, path: string): Opened
  close(): void
}

/** Keeps one file open at a time. `open` opens it, and may throw. */
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
 * Resolves a path: a bare file name is relative to the run directory, any other relative path to the working directory.
 *
 * @throws Error for a file that the run itself writes, because foreign lines would be mistaken for the run's own.
 */
export function outPath(env: CallbackEnv, path: string): string {
  if (isAbsolute(path)) return notOfTheRun(path, env)
  return notOfTheRun(basename(path) === path && env.runDir !== undefined ? join(env.runDir, path) : resolve(path), env)
}

// The metrics file is an exception, because it has many writers, and callbacks may write statistics to it.
const OWN_FILES = new Set<string>(Object.values(runFiles).filter((name) => name !== runFiles.metrics))

function notOfTheRun(full: string, { runDir }: CallbackEnv): string {
  const name = basename(full)
  if (runDir === undefined || !OWN_FILES.has(name) || dirname(full) !== resolve(runDir)) return full
  throw new Error(`\`${name}\` is one of the run's own files: choose a different file`)
}
