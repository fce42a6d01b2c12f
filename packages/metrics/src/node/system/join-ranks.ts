import type { RankFigures } from './rank-documents.ts'

type Figures = Readonly<Record<string, number>>

/**
 * Joins the measurements of all ranks into one record. With several ranks, the names of measurements of a process end in `/rank<r>`, and
 * `step_skew_seconds` is the difference in seconds per step between the slowest and the fastest rank.
 *
 * @param own The measurements of rank 0, or of the only process.
 * @param machine The measurements of the machine, which rank 0 reports.
 */
export function joinRanks(own: Figures, others: readonly RankFigures[], machine: Figures): Figures {
  if (others.length === 0) return { ...own, ...machine }
  const joined: Record<string, number> = {}
  for (const { rank, figures } of [{ rank: 0, figures: own }, ...others]) {
    for (const [name, value] of Object.entries(figures)) joined[`${name}/rank${rank}`] = value
  }
  const paces = [own, ...others.map(({ figures }) => figures)].flatMap(({ step_seconds: pace }) => pace ?? [])
  const skew = paces.length < 2 ? {} : { step_skew_seconds: Math.max(...paces) - Math.min(...paces) }
  return { ...joined, ...skew, ...machine }
}
