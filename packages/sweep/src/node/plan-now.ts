import type { SweepConfig } from '../config/config.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { isHeldInPlan, trialState } from '../journal/trial-state.ts'
import { type KnownTrial, type Reconciled, reconcile } from '../plan/reconcile.ts'
import { stageOf } from '../plan/stages.ts'
import type { SweepTrial } from '../plan/trial.ts'
import { isInPart, type Part, planPart, type StageProgress, stagesNow } from './parts.ts'
import { SweepError } from './sweep-error.ts'
import type { Workspace } from './workspace.ts'

/** A config's trials compared with the existing ones. */
export interface PlanNow {
  readonly changes: Reconciled
  /** The parts that are planned in this pass. */
  readonly parts: readonly Part[]
  /** Empty without stages. */
  readonly stages: readonly StageProgress[]
}

/**
 * Compares the config with the existing trials.
 *
 * @param only The stages to plan; null for all. Trials in other stages are kept.
 * @throws SweepError `config` if no plan can be made.
 */
export function planNow(workspace: Workspace, config: SweepConfig, only: readonly string[] | null): PlanNow {
  const { fold } = workspace.journal
  const known = [...fold.trials.values()].map(knownOf)
  const stages = stagesNow(workspace, config)
  const all: readonly Part[] =
    stages.length === 0 ? [{ sweep: config, stage: null, parent: null, config }] : stages.flatMap(({ parts }) => parts)
  const parts = all.filter(({ stage }) => stage === null || only === null || only.includes(stage.name))
  const taken = new Set(known.map(({ trial }) => trial.name))
  const changes: Reconciled[] = []
  let nextIndex = fold.nextIndex
  const rest = new Set(known)
  for (const part of parts) {
    const own = part.stage === null ? known : known.filter(({ trial }) => isInPart(part, trial))
    for (const one of own) rest.delete(one)
    const planned = planPart(workspace, part)
    if (!planned.ok) throw new SweepError('config', `hyperherd.yaml: ${planned.message}`)
    const change = reconcile(planned.value, own, part.config.parameters, nextIndex, taken)
    for (const { name } of change.added) taken.add(name)
    nextIndex += change.added.length
    changes.push(change)
  }
  const isKept = (one: KnownTrial): boolean => mayStay(config, stages, one.trial, only)
  changes.push(withoutPart([...rest], isKept))
  return { changes: withoutOrphans(joined(changes), known), parts, stages }
}

/** Also removes the children of trials that are removed from the plan. */
function withoutOrphans(changes: Reconciled, known: readonly KnownTrial[]): Reconciled {
  const isOut = new Set([...changes.dropped, ...changes.held].map(({ i }) => i))
  const leaves = ({ parent }: SweepTrial): boolean => parent !== undefined && isOut.has(parent)
  const leaving = [...changes.kept, ...changes.revived].filter(leaves)
  if (leaving.length === 0 && !changes.added.some(leaves)) return changes
  const held = new Set(known.filter(({ isHeld }) => isHeld).map(({ trial }) => trial.i))
  const stays = (trial: SweepTrial): boolean => !leaves(trial)
  const next = {
    kept: changes.kept.filter(stays),
    added: changes.added.filter(stays),
    revived: changes.revived.filter(stays),
    dropped: [...changes.dropped, ...leaving.filter(({ i }) => !held.has(i))],
    held: [...changes.held, ...leaving.filter(({ i }) => held.has(i))],
  }
  // The next pass finds their children.
  return leaving.length === 0 ? next : withoutOrphans(next, known)
}

function knownOf(record: TrialRecord): KnownTrial {
  return {
    trial: record.trial,
    isOut: record.isDropped || record.isOrphan,
    isHeld: isHeldInPlan(trialState(record)),
  }
}

/** Whether a trial stays although nothing is planned for it now because its stage is not selected or its parent is being rerun. */
function mayStay(
  config: SweepConfig,
  stages: readonly StageProgress[],
  trial: SweepTrial,
  only: readonly string[] | null,
): boolean {
  const name = stageOf(config, trial)
  const progress = stages.find(({ stage }) => stage.name === name)
  if (progress === undefined) return false
  if (only !== null && !only.includes(progress.stage.name)) return true
  return progress.waitsFor.some((record) => record.trial.i === trial.parent)
}

function withoutPart(rest: readonly KnownTrial[], isKept: (one: KnownTrial) => boolean): Reconciled {
  const kept = rest.filter(({ isOut }) => !isOut)
  const out = kept.filter((one) => !isKept(one))
  return {
    kept: kept.filter(isKept).map(({ trial }) => trial),
    added: [],
    revived: [],
    dropped: out.filter(({ isHeld }) => !isHeld).map(({ trial }) => trial),
    held: out.filter(({ isHeld }) => isHeld).map(({ trial }) => trial),
  }
}

function joined(all: readonly Reconciled[]): Reconciled {
  const [only, none] = all
  // A sweep without stages is not copied: it may have a million trials.
  if (
    only !== undefined &&
    all.length === 2 &&
    none?.kept.length === 0 &&
    none.dropped.length + none.held.length === 0
  ) {
    return only
  }
  const every = (part: keyof Reconciled): readonly SweepTrial[] => all.flatMap((one) => one[part])
  return {
    kept: every('kept'),
    added: every('added'),
    revived: every('revived'),
    dropped: every('dropped'),
    held: every('held'),
  }
}
