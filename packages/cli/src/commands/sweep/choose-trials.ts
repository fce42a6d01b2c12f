import { usageError } from '@hotcb/commands'
import { type SweepTrialState, TRIAL_STATES } from '@hotcb/sweep'
import { selectTrials, type TrialStatus, type Workspace } from '@hotcb/sweep/node'

export const SORTS = ['index', 'name', 'state', 'step'] as const

/** The trials that `status` shows, and their order. */
export interface Choice {
  readonly pins: readonly string[]
  /** The states to show; empty for all. */
  readonly states: readonly SweepTrialState[]
  readonly sort: (typeof SORTS)[number] | undefined
  readonly limit: number | undefined
  readonly isBrief: boolean
}

/** Reads `--state failed,running`. */
export function readStates(text: string | undefined): readonly SweepTrialState[] {
  if (text === undefined) return []
  return text.split(',').map((word) => {
    const state = TRIAL_STATES.find((one) => one === word.toLowerCase())
    if (state === undefined) throw usageError(`--state must be one of ${TRIAL_STATES.join(', ')}, got "${word}"`)
    return state
  })
}

/** Returns the trials to show. @throws SweepError `refused` for a pin (`NAME=VALUE`) of an unknown parameter. */
export function chosenTrials(
  workspace: Workspace,
  trials: readonly TrialStatus[],
  { pins, states, sort, limit, isBrief }: Choice,
): readonly TrialStatus[] {
  const pinned = pins.length === 0 ? null : new Set(selectTrials(workspace, { pins }).map(({ trial }) => trial.i))
  const chosen = trials
    .filter(({ trial }) => pinned?.has(trial.i) ?? true)
    .filter(({ state }) => states.length === 0 || states.includes(state))
    .filter(({ state }) => !isBrief || (state !== 'ready' && state !== 'cancelled'))
  const by = sort ?? (isBrief ? 'brief' : 'index')
  return chosen.sort((a, b) => COMPARE[by](a, b) || a.trial.i - b.trial.i).slice(0, limit)
}

const ORDER = ['running', 'queued', 'submitted', 'paused', 'failed', 'pruned', 'cancelled', 'completed', 'ready']

const COMPARE: Readonly<Record<(typeof SORTS)[number] | 'brief', (a: TrialStatus, b: TrialStatus) => number>> = {
  index: () => 0,
  name: (a, b) => (a.trial.name < b.trial.name ? -1 : a.trial.name > b.trial.name ? 1 : 0),
  state: (a, b) => TRIAL_STATES.indexOf(a.state) - TRIAL_STATES.indexOf(b.state),
  step: (a, b) => (b.step ?? -1) - (a.step ?? -1),
  brief: (a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status),
}
