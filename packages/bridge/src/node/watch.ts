import { type FSWatcher, watch } from 'node:fs'
import { runFiles } from '@hotcb/protocol'

const LOOK_MS = 100
const TROUBLED_MS = 10
const NAMES: readonly (string | null)[] = [
  runFiles.commands,
  runFiles.commandsDir,
  runFiles.freeze,
  runFiles.yaml,
  // Some systems do not report which file changed.
  null,
]

/**
 * Calls `look` when a file that people write changes in the run directory, and also every 100 ms; every 10 ms if the
 * system cannot watch files.
 *
 * @returns A function that stops watching.
 */
export function watchRun(runDir: string, look: () => void): () => void {
  let watcher: FSWatcher | null = null
  let timer = setInterval(look, LOOK_MS)
  const fallBack = (): void => {
    watcher?.close()
    watcher = null
    clearInterval(timer)
    timer = setInterval(look, TROUBLED_MS)
  }
  try {
    watcher = watch(runDir, (_event, name) => {
      if (NAMES.includes(name)) look()
    })
    watcher.on('error', fallBack)
  } catch {
    fallBack()
  }
  return () => {
    watcher?.close()
    clearInterval(timer)
  }
}
