import {
  launchDriver,
  livingDriver,
  openWorkspace,
  requestTrials,
  setControls,
  type Workspace,
} from '@hotcb/sweep/node'
import type { SetAnswer, TrialChoice, TrialRequestAnswer } from '../../shared/sweeps/sweep-wire.ts'
import type { SweepQuestions } from './messages.ts'

/** How long to wait for a trainer's answer, in seconds. */
const WAIT_SECONDS = 5

/** Records requests for trials, and starts a driver if one is needed to carry them out. */
export async function requestOf(
  dir: string,
  { want, choice, why, by, driver }: SweepQuestions['request']['asked'],
): Promise<TrialRequestAnswer> {
  const workspace = openWorkspace(dir)
  try {
    const requested = await requestTrials(workspace, want, selectionOf(choice), { by, ...(why !== null && { why }) })
    const isLocal = requested.some(({ executor }) => executor === 'local')
    return { trials: requested.map(({ i }) => i), note: isLocal ? drivenBy(workspace, driver) : null }
  } finally {
    workspace.close()
  }
}

function drivenBy({ paths }: Workspace, driver: readonly string[] | null): string | null {
  if (livingDriver(paths) !== null) return null
  if (driver === null) return 'no driver is running: start one with `herd drive`'
  launchDriver(paths, driver)
  return null
}

/** Changes controls of running trials. */
export async function setOf(
  dir: string,
  { choice, pairs, note, author }: SweepQuestions['set']['asked'],
): Promise<SetAnswer> {
  const workspace = openWorkspace(dir)
  try {
    const typed = [...(note === null ? [] : [`--note=${note}`]), ...pairs]
    const outcomes = await setControls(workspace, selectionOf(choice), { typed, waitSeconds: WAIT_SECONDS, author })
    return { trials: outcomes.map(({ i, decision, text }) => ({ i, decision, text })) }
  } finally {
    workspace.close()
  }
}

function selectionOf(choice: TrialChoice): { readonly indices: readonly number[] } | { readonly all: true } {
  return 'all' in choice ? { all: true } : { indices: choice.trials }
}
