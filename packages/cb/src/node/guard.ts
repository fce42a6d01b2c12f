import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import type { CallGuard } from '../ports.ts'
import { createStrayErrors } from './stray-errors.ts'
import { createWatchdog, type WatchdogOptions } from './watchdog.ts'

const KEYS: OptionKeys<WatchdogOptions> = { logPath: true, slowMs: true }

/**
 * Creates the guard for a Node process. It attributes stray errors, and reports calls that do not return.
 *
 * @throws TypeError for an unknown option.
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
