import { cmaEs } from './cma-es.ts'
import { gp } from './gp.ts'
import { gpTakeover } from './gp-takeover.ts'
import type { Layout } from './layout.ts'
import type { Sampler, SamplerContext, SamplerSession } from './sampler-session.ts'
import { checkOptionKeys } from './space-check.ts'
import { tpe } from './tpe.ts'

/** Options for {@link auto}. */
export interface AutoOptions {
  /**
   * The approximate number of trials in the study.
   *
   * @defaultValue 200
   */
  readonly budget?: number
  /**
   * The approximate number of trials that run at a time.
   *
   * @defaultValue 1
   */
  readonly parallel?: number
}

/** The maximum number of numeric parameters for which a Gaussian process is used with any objective. */
const FEW = 10
/** The maximum number of numeric parameters for which it is tried. */
const SOME = 40
/** The maximum trial budget for which a Gaussian process is used. */
const SMALL = 200

interface Choice {
  readonly sampler: Sampler
  readonly why: string
}

/**
 * Creates a sampler that picks another one based on the space, the budget and the number of concurrent trials: a Gaussian process for few
 * parameters and trials, CMA-ES for many numbers or trials, and TPE otherwise. With 11 to 40 numbers and few trials, it begins with CMA-ES
 * and switches to a Gaussian process if that model explains the first 30 to 50 trials. `study.samplerReport()` returns the current choice
 * and the reason.
 *
 * @throws RangeError for an option that is out of bounds.
 */
export function auto(options: AutoOptions = {}): Sampler {
  checkOptionKeys(options, ['budget', 'parallel'], 'auto')
  const { budget = SMALL, parallel = 1 } = options
  for (const [name, value] of Object.entries({ budget, parallel })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`\`${name}\` must be a whole number >= 1, got ${value}`)
  }
  return {
    name: 'auto',
    open: (context: SamplerContext): SamplerSession => {
      const { sampler, why } = choose(context.layout, budget, parallel)
      const session = sampler.open(context)
      return { ...session, report: () => ({ sampler: sampler.name, why, ...session.report?.() }) }
    },
  }
}

function choose(layout: Layout, budget: number, parallel: number): Choice {
  const { axes, groups } = layout
  if (groups.length > 1) {
    return {
      sampler: tpe(),
      why: 'the space has branches, whose parameters do not exist together: TPE models each arm',
    }
  }
  const telling = axes.filter(({ count }) => count > 1)
  const choices = telling.filter(({ nominal }) => nominal).length
  const numbers = telling.length - choices
  const isSmall = budget <= SMALL && parallel <= 16
  if (choices === 0 && numbers > FEW && numbers <= SOME && isSmall) {
    const what = `${numbers} numbers, ${budget} trials and ${parallel} at a time`
    return { sampler: gpTakeover(cmaEs()), why: `${what}: CMA-ES, until a Gaussian process explains the values` }
  }
  if (choices === 0 && numbers > FEW) {
    return { sampler: cmaEs(), why: `the space has ${numbers} numbers and no choices: CMA-ES learns how they interact` }
  }
  if (telling.length <= FEW && isSmall) {
    const what = `${telling.length} parameters, ${budget} trials and ${parallel} at a time`
    return { sampler: gp(), why: `${what}: a Gaussian process makes the most of each trial` }
  }
  if (choices === 0) {
    return {
      sampler: cmaEs(),
      why: `${budget} trials of ${numbers} numbers: CMA-ES keeps improving where others stop`,
    }
  }
  return { sampler: tpe(), why: `${choices} choices and ${numbers} numbers, ${budget} trials: TPE handles both` }
}
