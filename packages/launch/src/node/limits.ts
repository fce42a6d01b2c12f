import type { StepWatch } from './first-step.ts'
import type { KeeperJob } from './keeper-job.ts'
import type { Stopper } from './stopper.ts'

type Limits = Pick<KeeperJob, 'maxTimeSeconds' | 'maxSteps'>

/**
 * Stops a training run at its limits. Notes when it stops advancing and when it advances again.
 *
 * @returns A check, which must be called with the time of a monotonic clock.
 */
export function watchLimits(
  { maxTimeSeconds, maxSteps }: Limits,
  steps: StepWatch,
  stopper: Pick<Stopper, 'asked' | 'ask'>,
  note: (text: string) => void,
): (nowMs: number) => void {
  let begunMs: number | null = null
  let isSilent = false

  function limitReached(nowMs: number): 'max-time' | 'max-steps' | null {
    if (begunMs !== null && maxTimeSeconds !== null && nowMs - begunMs >= maxTimeSeconds * 1000) return 'max-time'
    return maxSteps !== null && (steps.step ?? 0) >= maxSteps ? 'max-steps' : null
  }

  return (nowMs) => {
    steps.look(nowMs)
    if (steps.hasBegun) begunMs ??= nowMs
    const reached = limitReached(nowMs)
    if (reached !== null && stopper.asked === null) stopper.ask(reached)
    const wasSilent = isSilent
    isSilent = steps.silentSeconds >= steps.limitSeconds
    if (isSilent && !wasSilent) note(`no step for ${Math.round(steps.silentSeconds)} s`)
    else if (wasSilent && !isSilent) note('it is advancing again')
  }
}
