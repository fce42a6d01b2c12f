import { divergence } from '@hotcb/metrics/judge'
import type { JsonObject, SubmittedOp } from '@hotcb/protocol'
import { isAffordable } from './decide-rescue.ts'
import { baselineOf, judgeChange, judgeTwin, onScale, type Verdict } from './judge.ts'
import { isRateKey } from './knob.ts'
import { dropOp, loadOp, ownOp, saveOp } from './ops.ts'
import type { Judgement, Mutation, TwinEffect, Watched } from './story.ts'
import type { TwinReading } from './twin.ts'
import { type Answer, type View, waiting } from './view.ts'
import { cidOf, TAGS } from './words.ts'

/** Judges the open mutation at a point, or immediately if training breaks. Null if there is no verdict yet. */
export function judgeOpen(mutation: Mutation, view: View): Answer | null {
  const { course, recipe, isPoint, phase } = view
  const trouble = troubleOf(mutation, view)
  if (trouble === null && !isPoint) return null
  const after = onScale(
    course.points.tail(course.points.countAfter(mutation.appliedStep ?? 0)),
    mutation.baseline.scale,
  )
  if (trouble === null && after.length === 0) return waiting(`${mutation.id} will be judged at the next point`)
  const isRaise = isRateKey(mutation.key) && mutation.to > mutation.from && phase.direction === 'up'
  const byTrend = judgeChange(mutation.baseline, after, { ...recipe.acceptance, isRaise })
  const bad = trouble ?? (byTrend.isBad ? 'worse' : null)
  if (bad !== null) return settle(mutation, { ...byTrend, decision: 'rejected', bad, twin: NO_TWIN }, view)
  if (byTrend.decision === 'wait')
    return waiting(`the effect of ${mutation.id} is still unclear after ${byTrend.n} points`)
  // A twin (a rerun of the same steps without the change) costs as many steps as have run since the change. It is therefore
  // requested only if there would be a verdict without it.
  const twin = view.twin(mutation)
  if (twin.kind === 'waiting') return waiting(`waiting for a rerun of the same steps without ${mutation.id}`)
  const verdict = twin.kind === 'effect' ? judgeTwin(mutation.baseline, twin.effect, recipe.acceptance) : byTrend
  if (verdict.decision === 'wait')
    return waiting(`the effect of ${mutation.id} is still unclear compared with the same steps without it`)
  return settle(mutation, { ...verdict, bad: null, twin }, view)
}

const NO_TWIN: TwinReading = { kind: 'none' }

/** A verdict and the evidence for it. */
interface Ruling extends Verdict {
  readonly bad: string | null
  readonly twin: TwinReading
}

/**
 * Returns a severe problem that arose after a mutation (a change that the tuner proposed) was applied, regardless of the objective.
 */
function troubleOf(mutation: Mutation, { course, isPoint, isAnomaly, recipe }: View): string | null {
  const { train, notFinite, points } = course
  if (notFinite > 0 || (isPoint && course.isPointBad)) return 'nan'
  if (isAnomaly && recipe.safety.block_on_anomaly) return 'anomaly'
  const isSeen = train.countAfter(mutation.appliedStep ?? 0) > 0 || points.countAfter(mutation.appliedStep ?? 0) > 0
  return isSeen && divergence(train).is ? 'divergence' : null
}

function settle(mutation: Mutation, verdict: Ruling, view: View): Answer {
  const { bad, twin } = verdict
  const { story, recipe, phase, course } = view
  const isAccepted = verdict.decision === 'accepted'
  const putBack = isAccepted ? null : wayBack(bad, view)
  const streak = isAccepted ? 0 : story.streak + 1
  const isResting = streak >= recipe.safety.max_global_reject_streak
  const judge = ownOp('judge', mutation.id, {
    m: mutation.id,
    decision: verdict.decision,
    score: round(verdict.score),
    z: round(verdict.z),
    n: verdict.n,
    bad,
    put_back: putBack,
    before: valueBefore(mutation, view),
    now: course.isPointBad || course.points.length === 0 ? null : course.points.sign * course.points.value(),
    horizon: recipe.acceptance.horizon,
    ...(twin.kind === 'effect' && { effect: roundedEffect(twin.effect) }),
    ...(twin.kind === 'problem' && { effect: null, effect_problem: twin.problem }),
    ...(isResting && { rest: phase.name }),
  })
  const words = `${mutation.id} (${mutation.key} ${mutation.from} → ${mutation.to}) ${verdict.decision}`
  const problem =
    twin.kind === 'problem'
      ? {
          problem: `${mutation.id} was judged by trend and noise, not against the same steps without it: ${twin.problem}`,
        }
      : {}
  return { ops: [judge, ...consequences(mutation, isAccepted, putBack, view)], because: words, ...problem }
}

// The weights are restored if the run can afford to lose the steps since then.
function wayBack(bad: string | null, view: View): Judgement['putBack'] {
  const { recipe, story, step } = view
  const isBroken = bad === 'nan' || bad === 'divergence'
  if (!recipe.acceptance.rollback_on_reject && !isBroken) return null
  if (!story.hasPre || !story.canLoad) return 'values'
  return bad !== null || isAffordable(story.lostSteps + step + 1 - story.preStep, view) ? 'weights' : 'values'
}

function consequences(
  mutation: Mutation,
  isAccepted: boolean,
  putBack: Judgement['putBack'],
  { story, recipe }: View,
): readonly SubmittedOp[] {
  const { id, module, key, from, to } = mutation
  const old: JsonObject = mutation.old ?? { [key]: from }
  const drop = story.hasPre ? [dropOp(TAGS.pre)] : []
  if (isAccepted) return [...drop, ...(story.canLoad && recipe.safety.rescue ? [saveOp(TAGS.good)] : [])]
  if (putBack === null) return drop
  const note = `reverting ${id}`
  if (putBack === 'weights') return [{ ...loadOp(TAGS.pre, module, old, note), cid: `${cidOf(id)}-load` }]
  const set: SubmittedOp = {
    module,
    op: 'set_params',
    params: old,
    expect: { [key]: to },
    cid: `${cidOf(id)}-back`,
    note,
  }
  return [set, ...drop]
}

/** Judges a change by someone else at a point. The change itself is kept. */
export function judgeWatched(watched: Watched, view: View): Answer | null {
  const { course, recipe, isPoint } = view
  if (!isPoint) return null
  const n = course.points.countAfter(watched.step)
  const baseline = baselineOf(course.points, n)
  if (n === 0 || baseline === undefined) return waiting(`the change to ${watched.key} will be judged at the next point`)
  const verdict = judgeChange(baseline, onScale(course.points.tail(n), baseline.scale), recipe.acceptance)
  if (verdict.decision === 'wait')
    return waiting(`the effect of the change to ${watched.key} is still unclear after ${n} points`)
  const { decision, score, z } = verdict
  const params = { of: watched.seq, decision, score: round(score), z: round(z), n, key: watched.key }
  return {
    ops: [ownOp('judge', `seq-${watched.seq}`, params)],
    because: `the change that ${watched.source} made to ${watched.key} was ${decision === 'accepted' ? 'an improvement' : 'not an improvement'}`,
  }
}

function valueBefore({ baseline: { scale, u0 } }: Mutation, { course }: View): number {
  return course.points.sign * (scale === null ? Math.exp(u0) : u0 * scale)
}

function roundedEffect(effect: TwinEffect): JsonObject {
  const rounded = Object.entries(effect).map(([key, value]) => [key, typeof value === 'number' ? round(value) : value])
  return Object.fromEntries(rounded)
}

// Before the first point there is no score.
function round(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null
}
