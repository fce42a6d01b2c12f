import { mkdirSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { type Appender, openAppender } from '@hotcb/journal'
import type { CallbackEnv } from '../callback.ts'

/** A file of lines that a callback writes, opened at the first of them. */
export interface OutFile {
  /** Appends text that ends with a newline. @throws Error when that is not possible. */
  append(env: CallbackEnv, path: string, text: string): void
  close(): void
}

/** A file of lines. When the path changes, the next line goes to the new one. */
export function createOutFile(): OutFile {
  let appender: Appender | null = null
  let opened: string | null = null

  function close(): void {
    appender?.close()
    appender = null
    opened = null
  }

  return {
    append(env, path, text) {
      if (appender === null || opened !== path) {
        close()
        const full = outPath(env, path)
        mkdirSync(dirname(full), { recursive: true })
        appender = openAppender(full)
        opened = path
        env.log(`writes to ${full}`)
      }
      const failure = appender.append(text)
      if (failure !== null) throw new Error(failure.message)
    },
    close,
  }
}

/** A bare name is a file of the run directory; any other relative path is the working directory's. */
export function outPath(env: CallbackEnv, path: string): string {
  if (isAbsolute(path)) return path
  return basename(path) === path && env.runDir !== undefined ? join(env.runDir, path) : resolve(path)
}
