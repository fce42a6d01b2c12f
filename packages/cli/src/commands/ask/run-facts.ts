import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import type { TypingFacts } from '@hotcb/commands'
import { type Run, readControls } from '../../run.ts'
import { once } from './once.ts'

/** Returns the contents of a run's files. Each file is read the first time it is needed. */
export function factsOf(run: () => Run): TypingFacts {
  const controls = once(() => readControls(run()))
  const state = once(() => run().document('state').value)
  // The state document of a foreign kernel does not list its modules.
  const modules = once(() => (state() === undefined || run().isForeign() ? undefined : state()?.modules))
  return {
    get controls() {
      return controls()
    },
    get modules() {
      return modules()
    },
    get held() {
      return state()?.held ?? []
    },
    placeOf: (file) => placeOf(file, run().dir),
  }
}

// The trainer may run in another working directory, so the paths of files that exist here are sent as absolute paths.
function placeOf(file: string, runDir: string): string {
  if (isAbsolute(file) || !existsSync(file)) return file
  return !existsSync(join(runDir, file)) || resolve(runDir, file) === resolve(file) ? resolve(file) : file
}
