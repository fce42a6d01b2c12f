import { resolve } from 'node:path'
import type { AutopilotEvent } from '@hotcb/autopilot'
import {
  type AiOverrides,
  type Environment,
  loadRules,
  type RunningAutopilot,
  runAutopilot,
} from '@hotcb/autopilot/node'
import { messageOf } from '@hotcb/protocol'
import { isRunError } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'
import { LaunchError } from '../launch-error.ts'
import type { Launcher } from '../launcher.ts'
import type { LaunchPlan } from '../plan.ts'
import type { LaunchPorts, StartedDashboard } from './ports.ts'

/** The dashboard and the autopilot of a training run, which run in this process. */
export interface Beside {
  /** Null without a dashboard. */
  readonly url: string | null
  readonly autopilot: RunningAutopilot | null
  close(): Promise<void>
}

/**
 * Starts a run's rules.
 *
 * @param isAttached Whether another program may already be watching the run. If it has an autopilot, none is started
 * here.
 * @throws {@link LaunchError} `bad-option` for rules with an error.
 */
export function startRules(
  dir: string,
  plan: LaunchPlan,
  { note, onEvents, isAttached, cwd, env, beliefs }: WatcherOptions,
): RunningAutopilot | null {
  const rules = plan.options.rules?.map((file) => resolve(cwd, file))
  try {
    // An error is reported now, even if the rules are only switched on later.
    if (rules !== undefined) loadRules({ dir }, rules)
    if (plan.autopilot === 'off') return null
    const { autopilot: mode, keyMetric } = plan
    const ai = aiOverrides(plan)
    return runAutopilot(dir, { mode, keyMetric: keyMetric ?? undefined, rules, ai, env, beliefs, note, onEvents })
  } catch (error) {
    if (!isRunError(error)) throw error
    if (error.code !== 'held') throw new LaunchError('bad-option', error.message, { cause: error })
    if (!isAttached) throw new LaunchError('held', error.message, { cause: error })
    note(`${error.message}: it keeps running, and a second one is not started`)
    return null
  }
}

/** Returns the model options of a launch. The other options are in `hotcb.autopilot.yaml`. */
export function aiOverrides({ options }: LaunchPlan): AiOverrides {
  const { aiModel, aiBaseUrl, aiBudget, aiCadence } = options
  return {
    ...(aiModel !== undefined && { model: aiModel }),
    ...(aiBaseUrl !== undefined && { baseUrl: aiBaseUrl }),
    ...(aiBudget !== undefined && { usd: aiBudget }),
    ...(aiCadence !== undefined && { cadence: aiCadence }),
  }
}

interface WatcherOptions {
  readonly note: (text: string) => void
  readonly onEvents: (events: readonly AutopilotEvent[]) => void
  readonly isAttached: boolean
  readonly env: Environment | undefined
  readonly beliefs: ((run: Run) => readonly string[]) | undefined
  /** The directory to which relative file names refer. */
  readonly cwd: string
}

/** Starts the dashboard and the notifier. The training continues if the dashboard cannot be started. */
export async function startBeside(
  dir: string,
  plan: LaunchPlan,
  ports: LaunchPorts,
  { autopilot, launcher }: { readonly autopilot: RunningAutopilot | null; readonly launcher: Launcher },
): Promise<Beside> {
  const dashboard = await startDashboard(dir, plan, ports, launcher)
  const notifier = ports.startNotifier?.(dir)
  return {
    url: dashboard?.address ?? null,
    autopilot,
    async close() {
      autopilot?.close()
      await Promise.all([dashboard?.close(), notifier?.close()])
      launcher.close()
    },
  }
}

async function startDashboard(
  dir: string,
  { options }: LaunchPlan,
  { startDashboard, note = () => undefined, env = process.env }: LaunchPorts,
  launcher: Launcher,
): Promise<StartedDashboard | undefined> {
  const { serve = true, host, port } = options
  if (!serve || startDashboard === undefined) return undefined
  try {
    const started = await startDashboard({
      dir,
      env,
      launcher,
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
    })
    for (const one of started.notes) note(one)
    return started
  } catch (error) {
    note(`the dashboard could not be started; the training continues without it: ${messageOf(error)}`)
    return undefined
  }
}
