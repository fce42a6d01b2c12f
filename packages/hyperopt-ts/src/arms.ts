import type { Group } from './layout.ts'
import { type Random, randomIndex } from './random.ts'
import type { TrialTable } from './trial-table.ts'

/** What {@link chooseArm} goes by. */
export interface ArmContext {
  /** The table of each arm's own trials. */
  readonly tables: readonly TrialTable[]
  /** How many leaves each arm has, see {@link countLeaves}. */
  readonly leaves: readonly number[]
  /** Trials before an arm's own model starts. */
  readonly startup: number
  /** 1 to minimize, -1 to maximize. */
  readonly sign: 1 | -1
  /** True if the arms have no own parameters, so that there is nothing to tune in them. */
  readonly empty?: boolean
}

/**
 * The arm of a branch to try next.
 *
 * Comparing arms by how good they look now sticks to the first good one: an arm whose parameters have been tuned beats
 * one that would be better if it were tuned as long. So an arm is judged by the value that it may reach, not by its
 * current one: by its best value minus the gain of the second half of its trials, which is the most that the same
 * number of further trials can gain if gains shrink (the idea of non-stochastic best arm identification, Jamieson and
 * Talwalkar 2016). In addition, every arm gets a share of the trials that is large at first and shrinks like 1 /
 * sqrt(n), so that early results do not dominate. Arms without own parameters get this share in proportion to
 * 1 / rank: what was learned about the parameters outside the branch also applies to them, so a few trials show which
 * are hopeless.
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

/** How many ways there are to choose all branches below a group, counted up to 64. */
export function countLeaves(group: Group): number {
  let leaves = 1
  for (const { arms } of group.members) {
    if (arms.length > 0) leaves *= arms.reduce((sum, arm) => sum + countLeaves(arm), 0)
  }
  return Math.min(64, leaves)
}

/** In proportion to 1 / rank, the best first; 1 in the mean. */
function favoursOf(reaches: readonly number[]): number[] {
  const weights = reaches.map((value) => 1 / (1 + reaches.filter((other) => other < value).length))
  const mean = weights.reduce((a, b) => a + b, 0) / weights.length
  return weights.map((weight) => weight / mean)
}

/** The value an arm may come to, smaller is better: its best less the gain of the second half of its trials. */
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
