import type { SearchMethod, SweepConfig } from './config.ts'

const MODEL_METHODS: ReadonlySet<SearchMethod> = new Set(['tpe', 'cmaes', 'auto'])

/** Whether a search learns from results, which means that its trials are planned while others run. */
export function isModelSearch({ search }: Pick<SweepConfig, 'search'>): boolean {
  return search !== null && MODEL_METHODS.has(search.method)
}
