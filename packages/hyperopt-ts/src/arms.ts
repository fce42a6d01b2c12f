import type { Group } from './layout.ts'
import { type Random, randomIndex } from './random.ts'
import type { TrialTable } from './trial-table.ts'

/** The input of {@link chooseArm}. */
export interface ArmContext {
  /** For each arm, the table of its own trials. */
  readonly tables: readonly TrialTable[]
  /** The number of leaves of each arm, see {@link countLeaves}. */
  readonly leaves: readonly number[]
  /** The number of trials before an arm's own model is used. */
  readonly startup: number
  /** 1 to minimize, -1 to maximize. */
  readonly sign: 1 | -1
  /** True if the arms have no parameters to tune. */
  readonly empty?: boolean
}

/**
 * Returns the arm of a branch to try next.
 *
 * Comparing the arms' current results would get stuck on the first good one: an arm whose parameters have been tuned beats an arm that
 * would be better if it had been tuned for as long. An arm is therefore judged by the value that it may reach: its best value minus the
 * gain from the second half of its trials. This gain is the most that the same number of additional trials can add if gains shrink (the
 * idea of non-stochastic best arm identification, Jamieson and Talwalkar 2016). In addition, every arm gets a share of the trials that is
 * large at first and shrinks like 1 / sqrt(n), so that early results do not dominate. Arms without their own parameters get this share in
 * proportion to 1 / rank: what is learned about the parameters outside the branch also applies to them, so a few trials show which arms are
 * hopeless.
 */
export function chooseArm(context: ArmContext, random: Random): number {
  const { tables, leaves, startup, sign } = context
  const all = leaves.reduce((a, b) => a + b)
  const total = tables.reduce((sum, table) => sum + table.size, 0)
  const reaches = tables.map((table) => reach(table, sign))
  const favours = context.empty ? favoursOf(reaches) : undefined
  const due = (arm: number): number => {
    const share = Math.min(total / (2 * all), startup + Math.sqrt(total)) * (favours?.[arm] ?? 1)
    return share * (leaves[arm] ?? 1) - (tables[arm]?.size ?? 0)
  }
  const arms = tables.map((_, arm) => arm)
  const hungriest = pickLeast(arms, (arm) => -due(arm), random)
  if (due(hungriest) > 0) return hungriest
  return pickLeast(arms, (arm) => reaches[arm] ?? Infinity, random)
}

/** Returns the number of ways to choose all branches below a group, at most 64. */
export function countLeaves(group: Group): number {
  let leaves = 1
  for (const { arms } of group.members) {
    if (arms.length > 0) leaves *= arms.reduce((sum, arm) => sum + countLeaves(arm), 0)
  }
  return Math.min(64, leaves)
}

/** Shares in proportion to 1 / rank; the best arm has rank 1. Their mean is 1. */
function favoursOf(reaches: readonly number[]): number[] {
  const weights = reaches.map((value) => 1 / (1 + reaches.filter((other) => other < value).length))
  const mean = weights.reduce((a, b) => a + b, 0) / weights.length
  return weights.map((weight) => weight / mean)
}

/**
 * Returns the value that an arm may reach; smaller is better. It is the best value minus the gain from the second half of its trials.
 */
function reach(table: TrialTable, sign: 1 | -1): number {
  let early = Infinity
  let best = Infinity
  for (let slot = 0; slot < table.size; slot++) {
    const value = sign * table.value(slot)
    if (value < best) best = value
    if (slot < table.size / 2) early = best
  }
  if (!Number.isFinite(best)) return best
  return early === Infinity ? -Infinity : 2 * best - early
}

function pickLeast(arms: readonly number[], score: (arm: number) => number, random: Random): number {
  const scores = arms.map(score)
  const least = Math.min(...scores)
  const ties = arms.filter((arm) => scores[arm] === least)
  return ties[randomIndex(random, ties.length)] ?? 0
}
