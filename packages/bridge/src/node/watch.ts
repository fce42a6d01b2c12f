import { type FSWatcher, watch } from 'node:fs'
import { runFiles } from '@hotcb/protocol'

const LOOK_MS = 100
const TROUBLED_MS = 10
const NAMES: readonly (string | null)[] = [
  runFiles.commands,
  runFiles.commandsDir,
  runFiles.freeze,
  runFiles.yaml,
  // Some systems do not say which file it was.
  null,
]

/**
 * Looks when a file of a person changes in the run directory, and every 100 ms; every 10 ms where the system cannot
 * watch.
 *
 * @returns Ends it.
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
