import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import type { CallGuard } from '../ports.ts'
import { createStrayErrors } from './stray-errors.ts'
import { createWatchdog, type WatchdogOptions } from './watchdog.ts'

const KEYS: OptionKeys<WatchdogOptions> = { logPath: true, slowMs: true }

/**
 * The guard of a Node process: stray errors are attributed, and calls that do not return are reported.
 *
 * @throws TypeError for an option that does not exist.
 */
export function createNodeGuard(options: WatchdogOptions): CallGuard {
  checkOptions('createNodeGuard', options, KEYS)
  const stray = createStrayErrors()
  const watchdog = createWatchdog(options)
  return {
    begin: watchdog.begin,
    enter(caller) {
      stray.enter(caller)
      watchdog.enter(caller)
    },
    leave() {
      stray.leave()
      watchdog.leave()
    },
    current: stray.current,
    open(leaked) {
      stray.open(leaked)
      if (options.slowMs > 0) watchdog.open()
    },
    add: watchdog.add,
    close: watchdog.close,
  }
}
