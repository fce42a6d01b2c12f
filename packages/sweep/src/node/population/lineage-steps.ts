import type { Fold } from '../../journal/fold.ts'
import { toJson } from '../../value.ts'
import { readExploit } from './evidence.ts'

/** A decision that a population member continues from another member's checkpoint. */
export interface LineageStep {
  readonly trial: number
  /** The member's step when the decision was made. */
  readonly step: number
  /** The donor. */
  readonly from: number
  /** The step of the donor's checkpoint, from which the member continues. */
  readonly donorStep: number
  /** The new values by parameter, as JSON. */
  readonly params: Readonly<Record<string, unknown>>
  /** Null until the member has loaded or refused the checkpoint. */
  readonly outcome: string | null
}

/** Returns a population's steps in the order in which they were decided. */
export function lineageSteps({ decisions, lineages }: Pick<Fold, 'decisions' | 'lineages'>): readonly LineageStep[] {
  return [...decisions.values()].flatMap((decision) => {
    const { key, trial, evidence } = decision
    const exploit = readExploit(decision)
    const { step, donor_step: donorStep } = evidence
    if (exploit === null || typeof step !== 'number') return []
    return [
      {
        trial,
        step,
        from: exploit.from,
        donorStep: typeof donorStep === 'number' ? donorStep : step,
        params: Object.fromEntries([...exploit.values].map(([name, value]) => [name, toJson(value)])),
        outcome: lineages.get(key)?.outcome ?? null,
      },
    ]
  })
}
