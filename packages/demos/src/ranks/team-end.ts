import { printable } from '@hotcb/protocol'

/** What happened to a training run's ranks. */
export interface TeamEnd {
  /** For each rank, the SHA-256 of its weights, or why it was lost. */
  readonly ranks: readonly ({ readonly weights: string } | { readonly lost: string })[]
}

/** Whether ranks that reached the end have different weights, which means that the training is wrong. */
export function isDivided({ ranks }: TeamEnd): boolean {
  return new Set(ranks.flatMap((rank) => ('weights' in rank ? rank.weights : []))).size > 1
}

/** Describes the ranks: one line per rank if their weights differ, otherwise one line. */
export function describeRanks(end: TeamEnd): string {
  const { ranks } = end
  const lost = ranks.flatMap((rank) => ('lost' in rank ? [`Lost during training: ${printable(rank.lost)}`] : []))
  const left = ranks.flatMap((rank, at) => ('weights' in rank ? [{ at, weights: rank.weights }] : []))
  const first = left[0]
  const count = lost.length === 0 ? `${ranks.length} ranks` : `${left.length} of ${ranks.length} ranks`
  const weights =
    left.length === 1 || first === undefined
      ? [`${count} at the end`]
      : isDivided(end)
        ? [`${count}, with different weights:`, ...left.map((rank) => `  rank ${rank.at}: ${rank.weights}`)]
        : [`${count}, same weights: ${first.weights}`]
  return [...lost, ...weights, ''].join('\n')
}
