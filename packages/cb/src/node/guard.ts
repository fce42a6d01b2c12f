import type { CallGuard } from '../ports.ts'
import { createStrayErrors } from './stray-errors.ts'
import { createWatchdog, type WatchdogOptions } from './watchdog.ts'

/** The guard of a Node process: stray errors are attributed, and calls that do not return are named. */
export function createNodeGuard(options: WatchdogOptions): CallGuard {
  const stray = createStrayErrors()
  const watchdog = options.slowMs > 0 ? createWatchdog(options) : null
  return {
    enter(caller, step) {
      stray.enter(caller)
      watchdog?.enter(caller, step)
    },
    leave() {
      stray.leave()
      watchdog?.leave()
    },
    current: stray.current,
    open(leaked) {
      stray.open(leaked)
      watchdog?.open()
    },
    close() {
      stray.close()
      watchdog?.close()
    },
  }
}
