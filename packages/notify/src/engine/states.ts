import { silent, slow } from '@hotcb/metrics/judge'
import type { StateName } from '../types.ts'
import type { NotifyFacts } from './facts.ts'

/** The input of a rule: one current state. `about` distinguishes several findings from one rule. */
export interface Finding {
  readonly about: string
  readonly because: string
  readonly value?: number | null
  /** The proposal that is waiting. */
  readonly action?: string
}

/** The state of a run between two checks. */
export interface RememberedRun {
  /** Whether its trainer was ever seen alive. A run that was never alive counts as history. */
  readonly wasAlive: boolean
  /** The attempt that was last seen alive, and whether it had closed the run. */
  readonly attempt: number | null
  readonly wasClosed: boolean
}

const LOST_SECONDS = 60

/** Returns all findings for one state of a run; an empty list if the run is not in that state. */
export function judgeState(name: StateName, facts: NotifyFacts, before: RememberedRun): readonly Finding[] {
  return STATE_JUDGES[name](facts, before)
}

const NONE: readonly Finding[] = []

function so(is: boolean, because: () => string): readonly Finding[] {
  return is ? [{ about: '', because: because() }] : NONE
}

const STATE_JUDGES: Readonly<Record<StateName, (facts: NotifyFacts, before: RememberedRun) => readonly Finding[]>> = {
  finished: (facts, { wasAlive }) =>
    so(wasAlive && facts.closed && !facts.stoppedEarly && !hasFailed(facts), () => `the run ended${at(facts)}`),
  stopped: (facts, { wasAlive }) =>
    so(wasAlive && facts.closed && facts.stoppedEarly && !hasFailed(facts), () => `the run was stopped${at(facts)}`),
  failed: (facts, { wasAlive }) =>
    so(wasAlive && (hasFailed(facts) || facts.isProcessGone), () =>
      hasFailed(facts)
        ? `the trainer exited with code ${facts.exitCode}${at(facts)}`
        : `${facts.deadBecause ?? 'the trainer is gone'}, and the run was not closed${at(facts)}`,
    ),
  lost: (facts, { wasAlive }) =>
    so(wasAlive && !facts.closed && facts.life === 'dead' && facts.deadFor >= LOST_SECONDS, () => {
      const reason = facts.deadBecause === null ? '' : `: ${facts.deadBecause}`
      return `no sign of life for ${Math.round(facts.deadFor)} s${reason}${at(facts)}`
    }),
  superseded: ({ attempt }, before) =>
    attempt !== null && before.attempt !== null && attempt > before.attempt && !before.wasClosed
      ? [
          {
            about: `attempt ${attempt}`,
            because: `attempt ${attempt} has taken over the run from attempt ${before.attempt}`,
          },
        ]
      : NONE,
  paused: (facts) => so(facts.life === 'alive' && facts.paused, () => `the run is paused${at(facts)}`),
  frozen: ({ freeze, life }) => so(life === 'alive' && freeze !== 'off', () => `the run is frozen: ${freeze}`),
  stalled: (facts, { wasAlive }) =>
    so(
      wasAlive && isTraining(facts) && silent(facts.stillFor, facts.stepSeconds ?? undefined).is,
      () => `the trainer is alive but has not taken a step for ${Math.round(facts.stillFor)} s${at(facts)}`,
    ),
  silent: (facts, { wasAlive }) => {
    if (!wasAlive || !isTraining(facts) || facts.quietFor === null) return NONE
    const { is, because } = silent(facts.quietFor, facts.stepSeconds ?? undefined)
    return so(is, () => `${because}${at(facts)}`)
  },
  slow: (facts) => {
    if (facts.pace === null || !isTraining(facts)) return NONE
    const { is, because } = slow(facts.pace.recent, facts.pace.usual)
    return so(is, () => because)
  },
  waiting_approval: ({ life, proposals }) =>
    life !== 'alive'
      ? NONE
      : proposals.map(({ id, rule, reason }) => ({
          about: id,
          because: `${id}${rule === null ? '' : ` (${rule})`} is waiting for an answer: ${reason}`,
          action: id,
        })),
  alert: ({ alerts }) =>
    alerts
      .filter(({ isBudget }) => !isBudget)
      .map(({ id, rule, reason }) => ({
        about: id,
        because: rule === null ? reason : `${rule}: ${reason}`,
      })),
  budget_spent: ({ alerts }) =>
    alerts.filter(({ isBudget }) => isBudget).map(({ id, reason }) => ({ about: id, because: reason })),
}

function hasFailed({ exitCode }: NotifyFacts): boolean {
  return exitCode !== null && exitCode !== 0
}

function isTraining({ life, paused, closed }: NotifyFacts): boolean {
  return life === 'alive' && !paused && !closed
}

function at({ step }: NotifyFacts): string {
  return step === null ? '' : ` at step ${step}`
}
