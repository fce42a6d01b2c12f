import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { onTestFinished } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'

let folder: string | undefined

/** Builds the trainer from the sources of kernel and actuators. Returns its path. */
export async function buildTrainer(): Promise<void> {
  if (folder !== undefined) return
  const test = fileURLToPath(new URL('.', import.meta.url))
  folder = mkdtempSync(join(test, '../node_modules/.cache-trainer-'))
  await build({
    entry: { trainer: join(test, 'trainer-program.ts') },
    format: 'cjs',
    outDir: folder,
    config: false,
    silent: true,
    noExternal: [/.*/],
    esbuildOptions: (options) => {
      options.conditions = ['@hotcb/source', 'node', 'import']
    },
  })
}

/** Removes the built trainer. */
export function removeTrainer(): void {
  if (folder !== undefined) removeDirectory(folder)
  folder = undefined
}

/** Starts a real training run in a separate process, which is killed when the test ends. */
export async function startTrainer(
  dir: string,
  options: { steps?: number; stepMs?: number } = {},
): Promise<ChildProcess> {
  if (folder === undefined) throw new Error('call `buildTrainer` first')
  const child = spawn(process.execPath, [join(folder, 'trainer.cjs'), dir, JSON.stringify(options)])
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await new Promise<void>((resolve, reject) => {
    let err = ''
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.stdout.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`the trainer exited with ${code}: ${err}`)))
  })
  return child
}
