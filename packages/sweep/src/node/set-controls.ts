import { join } from 'node:path'
import { readSet, type TypingFacts } from '@hotcb/commands'
import { messageOf } from '@hotcb/protocol'
import { describeOutcome } from '@hotcb/run'
import { openRunDirectory, type Run } from '@hotcb/run/node'
import { isLive } from '../journal/trial-state.ts'
import { type Selection, selectTrials } from './request-trials.ts'
import { SweepError } from './sweep-error.ts'
import { readSweepStatus } from './sweep-status.ts'
import { hasKernel } from './trial/has-kernel.ts'
import type { Workspace } from './workspace.ts'

/** The outcome of a change to one trial. */
export interface SetOutcome {
  readonly i: number
  /** The decision in the ledger, or `failed` if nothing could be sent; null if there is no answer. */
  readonly decision: string | null
  readonly step: number | null
  readonly text: string
}

/** Options for sending a change. */
export interface SetControlsOptions {
  /** The arguments for `hotcb set`: `lr=x0.5`, `--at=500`, `--note=TEXT`. */
  readonly typed: readonly string[]
  /** How long to wait for the answers, in seconds. */
  readonly waitSeconds: number
  /** The author of the change, for the ledger. */
  readonly author?: string | null
}

/**
 * Changes controls of trials while they train, as `hotcb set` does for one run. All changes are sent before the first answer is awaited. If
 * several trials are selected, changes are sent only to the running ones.
 *
 * @throws SweepError `refused` if no trial is running, or if no trial has that index.
 */
export async function setControls(
  workspace: Workspace,
  selection: Selection,
  { typed, waitSeconds, author }: SetControlsOptions,
): Promise<readonly SetOutcome[]> {
  const runs = await runDirectories(workspace, selection)
  const sent = runs.map((one) => ({ ...one, ...sendTo(one, typed, author) }))
  return Promise.all(sent.map((one) => outcomeOf(one, waitSeconds)))
}

interface TrialRun {
  readonly i: number
  readonly dir: string
}

async function runDirectories(workspace: Workspace, selection: Selection): Promise<readonly TrialRun[]> {
  const { trials } = await readSweepStatus(workspace)
  const running = new Set(trials.filter(({ state }) => isLive(state)).map(({ trial }) => trial.i))
  const isNamed = selection.index !== undefined
  const live = selectTrials(workspace, selection).filter(({ trial }) => isNamed || running.has(trial.i))
  if (live.length === 0) throw new SweepError('refused', 'no trial is running; use `herd status` to see their states')
  return live.map(({ trial }) => ({ i: trial.i, dir: join(workspace.paths.results, String(trial.i)) }))
}

type Delivery =
  | { readonly run: Run; readonly cids: readonly string[]; readonly from: number }
  | { readonly problem: string }

/** Sends the same commands as `hotcb set` to this run. */
function sendTo({ dir }: TrialRun, typed: readonly string[], author: string | null | undefined): Delivery {
  if (!hasKernel(dir)) return { problem: 'its trainer has not opened a run directory' }
  try {
    const run = openRunDirectory(dir)
    const asked = readSet(typed, run.modules(), factsOf(run))
    const more = { ...(asked.note !== undefined && { note: asked.note }), ...(author != null && { author }) }
    const drafts = asked.drafts.map((draft) => ({ ...draft, ...more }))
    const { cids, from } = run.send(drafts, { source: 'sweep' }, asked.conditions)
    return { run, cids, from }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

function factsOf(run: Run): TypingFacts {
  const state = run.document('state').value
  return {
    controls: run.document('actuators').value?.controls ?? [],
    modules: run.isForeign() ? undefined : state?.modules,
    held: state?.held ?? [],
    // `set` names no files.
    placeOf: (file) => file,
  }
}

async function outcomeOf(sent: TrialRun & Delivery, waitSeconds: number): Promise<SetOutcome> {
  if ('problem' in sent) return { i: sent.i, decision: 'failed', step: null, text: sent.problem }
  const { run, cids, from, i } = sent
  const { lines } = waitSeconds === 0 ? { lines: [] } : await run.answers(cids, { from, timeoutMs: waitSeconds * 1000 })
  const [line] = lines
  if (line === undefined) return { i, decision: null, step: null, text: 'queued' }
  const said = lines.map((one) => describeOutcome(one)).join('; ')
  const worst = lines.find(({ decision }) => decision !== 'applied') ?? line
  return { i, decision: worst.decision, step: line.step, text: `step ${line.step}: ${said}` }
}
