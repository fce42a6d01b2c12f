import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'

/** The result of a process. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Creates an empty directory that is removed when the test ends. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-cli-'))
  onTestFinished(() => removeDirectory(dir))
  return dir
}

/** Returns the environment without variables that affect the output. */
export function plainEnv(): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, NODE_OPTIONS: ____, ...env } = process.env
  return { ...env, USER: 'ann', LC_ALL: 'C.UTF-8' }
}
