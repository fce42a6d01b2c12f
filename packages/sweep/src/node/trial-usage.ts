import type { OpenAttempt, Usage } from '../executor/executor.ts'
import { openAttempt } from '../executor/open-attempts.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { newestAttempt } from '../journal/trial-state.ts'
import { executorsInUse } from './executors.ts'
import { configInForce, type Workspace } from './workspace.ts'

/** The resource usage of one attempt per trial. */
export interface TrialUsage {
  /** By trial index. */
  readonly byTrial: ReadonlyMap<number, Usage>
  /** The executors that did not answer, each with a reason. */
  readonly silent: readonly string[]
  /** The number of attempts whose memory was not read because time ran out. */
  readonly unasked: number
}

/**
 * Queries the executors. For a local attempt, only the times are known.
 *
 * @param asked.attempt The attempt. Default: the latest one.
 * @param asked.withinMs The approximate time limit for each executor. Default: no limit.
 */
export async function trialUsage(
  workspace: Workspace,
  records: readonly TrialRecord[],
  { attempt: n, withinMs }: { readonly attempt?: number | undefined; readonly withinMs?: number } = {},
): Promise<TrialUsage> {
  const byTrial = new Map<number, Usage>()
  const silent: string[] = []
  let unasked = 0
  for (const executor of executorsInUse(workspace, configInForce(workspace))) {
    const attempts = records.flatMap((record) => {
      const attempt = n === undefined ? newestAttempt(record) : record.attempts.find((one) => one.n === n)
      return attempt?.executor === executor.name ? [openAttempt(record, attempt)] : []
    })
    for (const one of attempts) byTrial.set(one.i, timesOf(one, workspace.clock.now()))
    const used = await executor.usage?.(attempts, withinMs)
    if (used?.answered === false) silent.push(used.why)
    if (used?.answered !== true) continue
    unasked += used.value.unasked
    for (const one of used.value.used) byTrial.set(one.i, one)
  }
  return { byTrial, silent, unasked }
}

function timesOf({ i, n, facts, seen }: OpenAttempt, now: number): Usage {
  const { begun, ended = seen === 'running' ? now : undefined } = facts
  const elapsedSeconds = begun === undefined || ended === undefined ? null : Math.max(0, Math.floor(ended - begun))
  return {
    i,
    n,
    state: null,
    elapsed: elapsedSeconds === null ? null : clockText(elapsedSeconds),
    elapsedSeconds,
    maxRssBytes: null,
    aveRssBytes: null,
    reqMemBytes: null,
  }
}

function clockText(seconds: number): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const days = Math.floor(seconds / 86_400)
  const clock = [Math.floor((seconds % 86_400) / 3600), Math.floor((seconds % 3600) / 60), seconds % 60].map(two)
  return `${days > 0 ? `${days}-` : ''}${clock.join(':')}`
}
