import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'

/** Creates a directory that is deleted when the test ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hotcb-metrics-'))
  onTestFinished(() => removeDirectory(directory))
  return directory
}
