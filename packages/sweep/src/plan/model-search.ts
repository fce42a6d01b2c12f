import { auto, cmaEs, createStudy, type Sampler, type Study, tpe } from 'hyperopt-ts'
import type { Objective, Parameter, Search, SweepConfig } from '../config/config.ts'
import { NONE, type Value } from '../value.ts'
import { createConditions } from './conditions.ts'
import type { Outcome } from './outcome.ts'
import { dedupeKey } from './plan.ts'
import { drawOfValues, spaceOf, valuesOfDraw } from './search-space.ts'
import { aggregate } from './stages.ts'
import type { PlannedTrial } from './trial.ts'

/** How a search's trial ended, or that it has not ended. */
export type SearchOutcome =
  | { readonly kind: 'open' }
  | { readonly kind: 'complete'; readonly value: number }
  /** The trial was stopped early; `last` is the last value that it reported. */
  | { readonly kind: 'pruned'; readonly last: { readonly step: number; readonly value: number } | null }
  | { readonly kind: 'failed' }

/** A trial that a search proposed, by index. */
export interface SearchedTrial {
  readonly trial: PlannedTrial
  readonly outcome: SearchOutcome
}

/**
 * The maximum number of proposals per trial. It is limited because proposals that conditions exclude, or that already exist, do not use up
 * a trial.
 */
const MOST_DRAWS_PER_TRIAL = 10

/**
 * Returns the next trials of a search that learns from results: enough to keep `parallel` combinations in flight, up to `trials` in total.
 * The result depends only on the config and the trials, so every process proposes the same trials.
 */
export function planModelSearch(
  config: SweepConfig,
  search: Search,
  objective: Objective,
  trials: readonly SearchedTrial[],
): Outcome<readonly PlannedTrial[]> {
  const { parameters, seeds } = config
  const searched = seeds === null ? parameters : parameters.slice(0, -1)
  const groups = groupsOf(trials, searched)
  const open = groups.filter(({ outcomes }) => outcomes.some(({ kind }) => kind === 'open')).length
  const wanted = Math.min(search.parallel - open, search.trials - groups.length)
  if (wanted <= 0) return { ok: true, value: [] }
  const study = studyOf(search, objective, searched)
  for (const group of groups) tellGroup(study, searched, group, config)
  const propose = createProposer(study, config, searched, new Set(groups.map(({ key }) => key)))
  const planned: PlannedTrial[] = []
  let taken = 0
  for (let draws = 0; taken < wanted && draws < MOST_DRAWS_PER_TRIAL * search.trials; draws++) {
    const proposed = propose()
    if (!proposed.ok) return proposed
    if (proposed.value.length > 0) taken++
    planned.push(...proposed.value)
  }
  return { ok: true, value: planned }
}

/**
 * Returns a function that proposes one combination with each seed. It returns nothing for a combination that conditions exclude or that
 * already exists.
 */
function createProposer(
  study: Study,
  config: SweepConfig,
  searched: readonly Parameter[],
  seen: Set<string>,
): () => Outcome<readonly PlannedTrial[]> {
  const { parameters, conditions, seeds } = config
  const apply = createConditions(conditions, parameters)
  return () => {
    const asked = study.ask()
    const values = valuesOfDraw(searched, asked.params)
    const planned: PlannedTrial[] = []
    for (const row of seeds === null ? [values] : seeds.values.map((seed) => [...values, seed])) {
      const applied = apply(row)
      if (!applied.ok) return applied
      if (applied.value.kind === 'excluded') continue
      const { values: kept, extras } = applied.value
      planned.push({ params: parameters.map(({ name }, at) => [name, kept[at] ?? NONE] as const), extras })
    }
    const [first] = planned
    if (first === undefined || seen.has(keyOf(first, searched))) {
      study.tell(asked, 'failed', 'excluded by the conditions, or already in the sweep')
      return { ok: true, value: [] }
    }
    seen.add(keyOf(first, searched))
    tellForced(study, asked, first, { values, searched })
    return { ok: true, value: planned }
  }
}

/** Reports a value that a condition forces to the study. */
function tellForced(
  study: Study,
  asked: ReturnType<Study['ask']>,
  first: PlannedTrial,
  { values, searched }: { readonly values: readonly Value[]; readonly searched: readonly Parameter[] },
): void {
  if (keyOf(first, searched) === dedupeKey(values)) return
  study.tell(asked, 'failed', 'a condition forces other values')
  const fixed = drawOfValues(searched, valuesIn(first, searched))
  if (fixed !== undefined) study.ask({ fixed })
}

function samplerOf({ method, trials, parallel, startup }: Search): Sampler {
  if (method === 'cmaes') return cmaEs()
  if (method === 'auto') return auto({ budget: trials, parallel })
  return tpe(startup === null ? {} : { startup })
}

function studyOf(search: Search, { direction }: Objective, searched: readonly Parameter[]): Study {
  const { seed } = search
  const sampler = samplerOf(search)
  const minimize = direction === 'min' ? 'minimize' : 'maximize'
  return createStudy({ space: spaceOf(searched), seed, sampler, direction: minimize })
}

/** The repetitions of one combination with different seeds. */
interface Group {
  readonly key: string
  readonly first: PlannedTrial
  readonly outcomes: SearchOutcome[]
}

function groupsOf(trials: readonly SearchedTrial[], searched: readonly Parameter[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const { trial, outcome } of trials) {
    const key = keyOf(trial, searched)
    const group = groups.get(key) ?? { key, first: trial, outcomes: [] }
    group.outcomes.push(outcome)
    groups.set(key, group)
  }
  return [...groups.values()]
}

function valuesIn({ params }: PlannedTrial, searched: readonly Parameter[]): readonly Value[] {
  const byName = new Map(params)
  return searched.map(({ name, default: value }) => byName.get(name) ?? value ?? NONE)
}

function keyOf(trial: PlannedTrial, searched: readonly Parameter[]): string {
  return dedupeKey(valuesIn(trial, searched))
}

function tellGroup(
  study: Study,
  searched: readonly Parameter[],
  { first, outcomes }: Group,
  config: SweepConfig,
): void {
  const fixed = drawOfValues(searched, valuesIn(first, searched))
  if (fixed === undefined) return
  const asked = study.ask({ fixed })
  if (outcomes.some(({ kind }) => kind === 'open')) return
  const values = outcomes.flatMap((one) => (one.kind === 'complete' ? [one.value] : []))
  const pruned = outcomes.find((one) => one.kind === 'pruned')
  if (values.length > 0) study.tell(asked, aggregate(values, config.seeds?.aggregate ?? 'mean'))
  else if (pruned !== undefined) {
    if (pruned.last !== null) study.report(asked, pruned.last.step, pruned.last.value)
    study.tell(asked, 'pruned')
  } else study.tell(asked, 'failed')
}
