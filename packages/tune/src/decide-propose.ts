import { hasProgressed } from '@hotcb/metrics/judge'
import type { JsonObject, SubmittedOp } from '@hotcb/protocol'
import { baselineOf } from './judge.ts'
import { ownOp, saveOp } from './ops.ts'
import { type Proposal, propose } from './propose.ts'
import type { Mutation } from './story.ts'
import { type Answer, type View, waiting } from './view.ts'
import { cidOf, TAGS } from './words.ts'

/** The longest time to wait after rejections, in points. */
const LONGEST_REST = 8

/** Proposes a change at a point, if a change is allowed. */
export function proposeNext(view: View): Answer {
  const { story, course, recipe, knobs, phase } = view
  const obstacle = obstacleTo(view)
  if (obstacle !== null) return waiting(obstacle)
  const baseline = baselineOf(course.points)
  if (baseline === undefined) return waiting('it is waiting for a value of its objective')
  const pointsSince = (step: number): number => course.points.countAfter(step)
  const proposal = propose({ story, recipe, knobs, phase, isSuggesting: view.mode === 'suggest', pointsSince })
  if (typeof proposal === 'string') return waiting(proposal)
  const { m, knob, from, to, isSuggested } = proposal
  const line = ownOp('propose', m, proposalParams(proposal, view, baseline))
  const words = `${m}: ${knob.control.param_key} ${from} → ${to}`
  if (isSuggested)
    return {
      ops: [line],
      because: `${words} is suggested; answer with \`hotcb tune accept ${m}\` or \`hotcb tune reject ${m}\``,
    }
  const save = story.canLoad && recipe.acceptance.rollback_on_reject ? [saveOp(TAGS.pre)] : []
  return { ops: [...save, line, setOp(m, knob.module, knob.control.param_key, from, to)], because: words }
}

/** Returns a proposal's command. Its cid makes it unique: the kernel refuses a second one. */
export function setOp(m: string, module: string, key: string, from: number, to: number): SubmittedOp {
  return { module, op: 'set_params', params: { [key]: to }, expect: { [key]: from }, cid: cidOf(m) }
}

/** Resends a proposal's command if it was lost with its process. */
export function askAgain({ id, module, key, from, to }: Mutation): Answer {
  return { ops: [setOp(id, module, key, from, to)], because: `resending the command for ${id}` }
}

function obstacleTo(view: View): string | null {
  const { story, course, phase } = view
  const { points, train } = course
  const danger = dangerTo(view)
  if (danger !== null) return danger
  if (story.restingIn === phase.name) {
    return `it has paused after ${rejections(story.streak)}; it will resume in the next phase, or after \`hotcb tune enable\``
  }
  const isSlowed = story.streak > 0 && points.countAfter(story.judgedStep) < Math.min(LONGEST_REST, 2 ** story.streak)
  if (isSlowed) return `it is waiting after ${rejections(story.streak)}`
  if (isLateToJudge(view)) return 'the run will end before a change could be judged'
  if (points.countAfter(story.changedStep) < 2) return 'it is waiting for two points after the last change'
  // A network that has learned nothing cannot be tuned: all changes have the same effect.
  const hasLearned = hasProgressed(points) || (train.length > 0 && hasProgressed(train))
  return hasLearned ? null : 'the training loss has not fallen since the start'
}

function rejections(streak: number): string {
  return streak === 1 ? 'a rejection' : `${streak} rejections in a row`
}

function dangerTo({ course, recipe: { safety }, isAnomaly }: View): string | null {
  if (safety.block_on_nan && (course.isPointBad || course.notFinite > 0)) return 'the loss is not finite'
  return safety.block_on_anomaly && isAnomaly ? 'the trainer reports an anomaly' : null
}

// A change takes effect one step later and is judged over up to `most` points. It is not proposed if the run ends before them.
function isLateToJudge({ total, step, course, horizon, recipe }: View): boolean {
  const unit = horizon.kind === 'steps' ? horizon.every : (course.unitSteps ?? 0) * horizon.every
  return total !== null && total - step - 2 < recipe.acceptance.most * unit
}

function proposalParams(
  { m, knob, value, from, to, by, isSuggested }: Proposal,
  { metric, phase, event, course, story }: View,
  { scale, u0, r0, s }: NonNullable<ReturnType<typeof baselineOf>>,
): JsonObject {
  const { name, module, mode, control } = knob
  return {
    m,
    knob: name,
    module,
    key: control.param_key,
    mode,
    value: round(value),
    from,
    to,
    phase: phase.name,
    by,
    metric,
    event,
    scale,
    u0,
    r0,
    s,
    status: isSuggested ? 'suggested' : 'applied',
    context: {
      phase_bin: phase.name,
      [metric]: course.points.sign * course.points.value(),
      reject_streak: story.streak,
      mutation_count: story.mutations.length,
    },
  }
}

function round(value: number): number {
  return Number(value.toPrecision(6))
}
