import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import type { RunFacts } from '@hotcb/commands'
import { type Run, readControls } from '../../run.ts'
import { once } from './once.ts'

/** What a run's files say, each read when it is first needed. */
export function factsOf(run: () => Run): RunFacts {
  const controls = once(() => readControls(run()))
  const state = once(() => run().document('state').value)
  // Another kernel's modules are not in a state document.
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

// The trainer may have been started somewhere else: what is here is named by its whole path.
function placeOf(file: string, runDir: string): string {
  if (isAbsolute(file) || !existsSync(file)) return file
  return !existsSync(join(runDir, file)) || resolve(runDir, file) === resolve(file) ? resolve(file) : file
}
