import { planEvents } from '../adopt/adopt.ts'
import type { SweepConfig } from '../config/config.ts'
import { isModelSearch } from '../config/model-methods.ts'
import type { SweepEvent } from '../journal/event.ts'
import { reconcile } from '../plan/reconcile.ts'
import { crashPoint } from './crash-point.ts'
import type { JournalWriter } from './journal.ts'
import { isInPart, type Part, partsNow, planPart, proposals, takeKey } from './parts.ts'
import { SweepError } from './sweep-error.ts'
import type { Workspace } from './workspace.ts'

/**
 * Plans the trials that follow from results and requests that they run: the next trials of a search that learns from results, and the
 * trials of stages whose parents have ended.
 */
export function proposeTrials(
  workspace: Workspace,
  config: SweepConfig,
  writer: JournalWriter,
  isWanted: (part: Part) => boolean = () => true,
): void {
  for (const part of partsNow(workspace, config)) {
    if (!isWanted(part)) continue
    if (!isAskedFor(writer, part)) continue
    if (isUndecided(writer, part)) proposePart(workspace, part, writer)
    else if (isModelSearch(part.config)) proposePart(workspace, part, writer)
  }
}

/** Whether the stage is requested: `run --stage` may select only some stages. */
function isAskedFor({ fold }: JournalWriter, { stage }: Part): boolean {
  const stages = fold.config?.stages ?? null
  return stage === null || stages === null || stages.includes(stage.name)
}

/** Whether a later stage's part is not in the journal yet. */
function isUndecided({ fold }: JournalWriter, { stage, parent }: Part): boolean {
  return stage !== null && parent !== null && !fold.decisions.has(takeKey(stage, parent.trial.i))
}

function proposePart(workspace: Workspace, part: Part, writer: JournalWriter): void {
  const planned = isModelSearch(part.config) ? proposals(workspace, part) : planPart(workspace, part)
  if (!planned.ok) throw new SweepError('config', `hyperherd.yaml: ${planned.message}`)
  const { fold } = writer
  const known = [...fold.trials.values()].map(({ trial }) => ({ trial, isOut: false, isHeld: true }))
  const own = part.stage === null ? known : known.filter(({ trial }) => isInPart(part, trial))
  const taken = new Set(known.map(({ trial }) => trial.name))
  const { added } = reconcile(planned.value, own, part.config.parameters, fold.nextIndex, taken)
  const decision = isUndecided(writer, part) ? takeEvents([part]) : []
  if (added.length === 0 && decision.length === 0) return
  // Both events are written at once, so that every planned trial is also requested to run.
  const call: SweepEvent[] = added.length === 0 ? [] : [{ type: 'call', trials: added.map(({ i }) => i) }]
  writer.appendBy('planner', ...planEvents(added), ...call, ...decision)
  crashPoint('proposed')
}

/**
 * Returns the events that record that trials became parents, once their children are planned. Without them, the children would be planned
 * again.
 */
export function takeEvents(parts: readonly Part[]): readonly SweepEvent[] {
  return parts.flatMap(({ stage, parent }): readonly SweepEvent[] => {
    if (stage === null || parent === null) return []
    const { trial, evidence } = parent
    const key = takeKey(stage, trial.i)
    return [
      {
        type: 'decide',
        planner: 'stages',
        key,
        trial: trial.i,
        verdict: 'take',
        evidence: { stage: stage.name, ...evidence },
      },
    ]
  })
}
