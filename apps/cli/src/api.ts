// The entry for programs: `import { launch } from 'hotcb'`.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { launchTrainings } from '@hotcb/demos'
import type { LaunchOptions } from '@hotcb/launch'
import { type LaunchHandle, launch as launchWith } from '@hotcb/launch/node'

export type { LaunchOptions, ProcessEnd } from '@hotcb/launch'
export { isLaunchError, LaunchError, type LaunchErrorCode } from '@hotcb/launch'
export type { AiStatus, LaunchEnd, LaunchEvent, LaunchHandle, SendWith, TrainFnArguments } from '@hotcb/launch/node'

/**
 * Starts a training run in its own process. Its dashboard and autopilot run in this process. With `resume`, it attaches to
 * a run that is training, or continues one that is not.
 *
 * The training run continues when this process exits. The handle's `wait` method resolves when the training run has ended.
 *
 * @example
 * ```ts
 * const run = await launch({ config: 'simple', autopilot: 'auto' })
 * await run.set({ lr: 0.01 })
 * const { metrics } = await run.wait()
 * ```
 * @throws LaunchError with a `code` and one line.
 */
export function launch(options: LaunchOptions = {}): Promise<LaunchHandle> {
  return launchWith(options, {
    trainings: launchTrainings(),
    startDashboard: async (given) => (await import('@hotcb/dashboard')).startDashboard(given),
    startNotifier,
    source: 'api',
    author: process.env['USER'],
  })
}

/** This file is in `dist`; the program is in `bin` next to it. */
const PROGRAM = fileURLToPath(new URL('../bin/hotcb.js', import.meta.url))

/**
 * Starts the notifier in a separate process, which exits when this one does. It records alerts even if no notifications are
 * configured.
 */
function startNotifier(dir: string): { close(): Promise<void> } {
  const args = [PROGRAM, 'notify', 'run', '--attached', '--root', dir]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] })
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  // Writing to a process that has exited fails; that is not an error in this program.
  child.stdin?.on('error', () => undefined)
  return {
    async close() {
      child.stdin?.end()
      await ended
    },
  }
}
