import type { Judgement, Mutation, TwinEffect } from './story.ts'

/** Describes a mutation in one line: the move and its outcome. */
export function describeMutation({ id, module, key, from, to, state, because, isRegretted }: Mutation): string {
  const outcome = isRegretted ? 'accepted, but training later diverged' : STATES[state]
  return `${id}  ${module} ${key} ${number(from)} → ${number(to)}: ${outcome}${because === null ? '' : ` (${because})`}`
}

const STATES: Readonly<Record<Mutation['state'], string>> = {
  suggested: 'waiting for a person',
  declined: 'suggested, and rejected',
  asked: 'sent',
  applied: 'being judged',
  accepted: 'accepted',
  rejected: 'rejected',
  void: 'not judged',
  failed: 'not applied',
  lapsed: 'suggested, and never accepted',
}

/** Returns why a mutation was proposed and how it was judged, one line each. */
export function explainMutation(mutation: Mutation): readonly string[] {
  const { step, phase, by, metric, baseline, judgement, appliedStep, twin, twinProblem } = mutation
  const unit = baseline.scale === null ? 'on a log scale' : `in units of ${number(baseline.scale)}`
  const lines = [
    describeMutation(mutation),
    `proposed at step ${step}, phase ${phase}, by ${BY[by] ?? by}`,
    `${metric} was ${baseline.r0 < 0 ? 'rising' : 'falling'} by ${number(Math.abs(baseline.r0))} per point ${unit}, with noise ${number(baseline.s)}`,
  ]
  if (appliedStep !== null) lines.push(`set at step ${appliedStep}`)
  if (judgement !== null) lines.push(...explainJudgement(judgement, mutation))
  if (twin !== null) lines.push(...explainTwin(twin, unit))
  if (twinProblem !== null) lines.push(`not judged against the same steps without it: ${twinProblem}`)
  return lines
}

function explainTwin({ metric, difference, low, high, steps, with: withIt, without }: TwinEffect, unit: string): readonly string[] {
  return [
    `${metric} after ${steps} steps: ${number(withIt)} with the change, ${number(without)} without it`,
    `the change made it differ by ${signed(difference)} ${unit} (95 % interval ${signed(low)} to ${signed(high)}); below 0 is better`,
  ]
} // biome-ignore format: more readable

const BY: Readonly<Record<string, string>> = {
  pattern: 'the pattern of first moves',
  tpe: 'TPE, based on what it has learned',
  random: 'random choice',
}

function explainJudgement(judgement: Judgement, mutation: Mutation): readonly string[] {
  const { decision, step, n, bad, putBack, before, now } = judgement
  const values = n === 0 || before === null || now === null ? '' : `: ${mutation.metric} ${number(before)} → ${number(now)}`
  const when = n === 0 ? 'before its first point' : `after ${n} ${n === 1 ? 'point' : 'points'}`
  const lines = [`${decision} at step ${step}, ${when}${values}`]
  if (bad !== null) lines.push(`judged immediately: ${BAD[bad] ?? bad}`)
  else lines.push(...explainScore(judgement, mutation))
  if (putBack !== null) {
    lines.push(putBack === 'weights' ? 'reverted: the checkpoint from before the change was loaded' : 'reverted: the old value was set')
  }
  return lines
} // biome-ignore format: more readable

function explainScore({ decision, score, z }: Judgement, { twin }: Mutation): readonly string[] {
  if (score === null || z === null) return []
  const beside = twin === null ? 'expected from its trend' : 'without the change'
  const line = `score ${number(score)}: the fall per point, less the fall ${beside}; ${number(z)} times the noise`
  if (decision !== 'accepted' || score >= 0) return [line]
  return [line, 'kept because the objective still falls: a higher rate is noisier at first and pays off only later']
}

const BAD: Readonly<Record<string, string>> = {
  nan: 'the loss was not finite',
  divergence: 'training diverged',
  worse: 'the objective rose by more than the noise',
  anomaly: 'the trainer reported an anomaly',
}

function number(value: number): string {
  return String(Number(value.toPrecision(4)))
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${number(value)}`
}
