import { createStudy, randomSampler, sobolSampler } from 'hyperopt-ts'
import type { Parameter, Search, SweepConfig } from '../config/config.ts'
import { NONE, type Value } from '../value.ts'
import { createConditions } from './conditions.ts'
import { levelsOf } from './levels.ts'
import type { Outcome } from './outcome.ts'
import { dedupeKey } from './plan.ts'
import { spaceOf, valuesOfDraw } from './search-space.ts'
import type { PlannedTrial } from './trial.ts'

/** The maximum number of draws per trial. It is limited because a combination that conditions exclude does not use up a trial. */
const MOST_DRAWS_PER_TRIAL = 10

/**
 * Returns the combinations of a random or Sobol search: the existing ones, and as many more as the config requires. Editing the bounds or
 * the seed does not change existing combinations.
 */
export function planSearch(
  config: SweepConfig,
  search: Search,
  existing: readonly PlannedTrial[],
): Outcome<readonly PlannedTrial[]> {
  const { parameters, seeds } = config
  const searched = seeds === null ? parameters : parameters.slice(0, -1)
  const seedLevels = seeds === null ? [] : parameters.slice(-1).map(levelsOf)
  const wanted = search.trials * (seedLevels[0]?.length ?? 1)
  const collector = createCollector(config, existing, wanted)
  const draw = drawsOf(searched, search)
  for (let draws = 0; collector.planned.length < wanted; draws++) {
    if (draws >= MOST_DRAWS_PER_TRIAL * search.trials) {
      const message = `search: the conditions leave ${collector.planned.length} of ${wanted} combinations after ${draws} draws`
      return { ok: false, message: `${message}; widen the ranges or request fewer trials` }
    }
    const values = draw()
    for (const row of seedLevels[0]?.map((seed) => [...values, seed]) ?? [values]) {
      const problem = collector.take(row)
      if (problem !== null) return { ok: false, message: problem }
    }
  }
  return { ok: true, value: collector.planned }
}

/** Collects combinations that are new and that conditions allow; returns a problem, or null. */
function createCollector(
  { conditions, parameters }: SweepConfig,
  existing: readonly PlannedTrial[],
  wanted: number,
): { readonly planned: readonly PlannedTrial[]; take(values: readonly Value[]): string | null } {
  const apply = createConditions(conditions, parameters)
  const seen = new Set(existing.map(({ params }) => dedupeKey(params.map(([, value]) => value))))
  const planned = [...existing]
  return {
    planned,
    take(values) {
      const applied = apply(values)
      if (!applied.ok) return applied.message
      if (applied.value.kind === 'excluded') return null
      const { values: kept, extras } = applied.value
      const key = dedupeKey(kept)
      if (seen.has(key) || planned.length >= wanted) return null
      seen.add(key)
      planned.push({ params: parameters.map(({ name }, at) => [name, kept[at] ?? NONE] as const), extras })
      return null
    },
  }
}

/** Returns a function that draws a sampler's points one by one. They depend only on the parameters and the seed. */
function drawsOf(parameters: readonly Parameter[], { method, seed }: Search): () => readonly Value[] {
  const sampler = method === 'sobol' ? sobolSampler() : randomSampler()
  const study = createStudy({ space: spaceOf(parameters), seed, sampler })
  return () => valuesOfDraw(parameters, study.ask().params)
}
