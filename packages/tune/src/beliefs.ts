import type { Mutation, TunerHistory } from './story.ts'

/** One judged move of a knob. */
export interface JudgedMove {
  readonly mutation: string
  /** The factor, the difference or the value. */
  readonly value: number
  /** Null if it was judged immediately because of a problem. */
  readonly score: number | null
  readonly isKept: boolean
  readonly phase: string
}

/** The belief about one knob's moves in one direction: the fraction of moves that will be accepted. */
export interface TunerBelief {
  readonly knob: string
  /** `up`: the control is raised. */
  readonly direction: 'up' | 'down'
  readonly judged: number
  readonly accepted: number
  /** The posterior mean of the fraction, with a uniform prior. */
  readonly mean: number
  /** The bounds of the fraction's 90 % interval. */
  readonly low: number
  readonly high: number
  /** The mean score of the moves that have a score; null if none of them has. */
  readonly meanScore: number | null
  /** Oldest first. */
  readonly moves: readonly JudgedMove[]
}

/** Returns a posterior for each knob's moves, up and down. Only judged changes count. */
export function beliefsOf({ mutations }: Pick<TunerHistory, 'mutations'>): readonly TunerBelief[] {
  const groups = new Map<string, Mutation[]>()
  for (const mutation of mutations) {
    if (mutation.judgement === null) continue
    const key = `${mutation.knob}\n${directionOf(mutation)}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [mutation])
    else group.push(mutation)
  }
  return [...groups.values()].flatMap((group) => beliefOf(group) ?? [])
}

/** Describes a belief: `opt:lr_mult up: 3 of 4 accepted; the next has a 67 % chance (34 to 92 %)`. */
export function describeBelief({ knob, direction, judged, accepted, mean, low, high }: TunerBelief): string {
  const percent = (share: number): number => Math.round(100 * share)
  return `${knob} ${direction}: ${accepted} of ${judged} accepted; the next has a ${percent(mean)} % chance (${percent(low)} to ${percent(high)} %)`
}

function beliefOf(group: readonly Mutation[]): TunerBelief | undefined {
  const [first] = group
  if (first === undefined) return undefined
  const moves = group.map(moveOf)
  const accepted = moves.filter(({ isKept }) => isKept).length
  const scores = moves.flatMap(({ score }) => (score === null ? [] : [score]))
  return {
    knob: first.knob,
    direction: directionOf(first),
    judged: moves.length,
    accepted,
    ...posterior(accepted, moves.length - accepted),
    meanScore: scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length,
    moves,
  }
}

function directionOf({ from, to }: Mutation): 'up' | 'down' {
  return to >= from ? 'up' : 'down'
}

function moveOf({ id, value, judgement, isRegretted, phase }: Mutation): JudgedMove {
  const isKept = judgement?.decision === 'accepted' && !isRegretted
  return { mutation: id, value, score: judgement?.score ?? null, isKept, phase }
}

const GRID = 1000

/**
 * The mean and the 90 % interval of a fraction after `seen` hits and `missed` misses: Beta(1 + seen, 1 + missed), evaluated on a grid.
 */
function posterior(seen: number, missed: number): Pick<TunerBelief, 'mean' | 'low' | 'high'> {
  // This uses logarithms, since powers of small numbers underflow to 0.
  const logs = Array.from({ length: GRID }, (_, i) => {
    const share = (i + 0.5) / GRID
    return seen * Math.log(share) + missed * Math.log(1 - share)
  })
  const most = logs.reduce((greatest, one) => Math.max(greatest, one), Number.NEGATIVE_INFINITY)
  const weights = logs.map((one) => Math.exp(one - most))
  const total = weights.reduce((sum, one) => sum + one, 0)
  const at = (part: number): number => {
    let left = part * total
    for (const [i, weight] of weights.entries()) {
      left -= weight
      if (left <= 0) return (i + 0.5) / GRID
    }
    return 1
  }
  return { mean: (1 + seen) / (2 + seen + missed), low: at(0.05), high: at(0.95) }
}
