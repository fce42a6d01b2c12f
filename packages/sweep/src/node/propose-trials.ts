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
 * Plans what follows from results, and requests to run it: the next trials of a search that learns from them, and the trials of stages whose
 * parents have ended.
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

/** `run --stage` selects only some stages. */
function isAskedFor({ fold }: JournalWriter, { stage }: Part): boolean {
  const stages = fold.config?.stages ?? null
  return stage === null || stages === null || stages.includes(stage.name)
}

/** A part of a later stage that the journal does not have yet. */
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
  // One write: a trial that is planned is called.
  const call: SweepEvent[] = added.length === 0 ? [] : [{ type: 'call', trials: added.map(({ i }) => i) }]
  writer.appendBy('planner', ...planEvents(added), ...call, ...decision)
  crashPoint('proposed')
}

/** Records that trials became parents, after their children are planned: without this, they are planned again. */
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
