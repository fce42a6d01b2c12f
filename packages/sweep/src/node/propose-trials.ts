import type { SweepConfig } from '../config/config.ts'
import { planModelSearch } from '../plan/model-search.ts'
import type { Outcome } from '../plan/outcome.ts'
import { reconcile } from '../plan/reconcile.ts'
import { type PlannedTrial, toDocument } from '../plan/trial.ts'
import { crashPoint } from './crash-point.ts'
import type { JournalWriter } from './journal.ts'
import { searchedTrials } from './search-outcomes.ts'
import { SweepError } from './sweep-error.ts'
import type { Workspace } from './workspace.ts'

/** Whether the config has a search that learns from results: its trials are planned while others run. */
export function isModelSearch({ search }: SweepConfig): boolean {
  return search?.method === 'tpe' || search?.method === 'cmaes'
}

/** What such a search would try next. */
export function proposals(workspace: Workspace, config: SweepConfig): Outcome<readonly PlannedTrial[]> {
  const { search, objective, retries } = config
  if (search === null || objective === null) return { ok: true, value: [] }
  return planModelSearch(config, search, objective, searchedTrials(workspace, objective, retries))
}

/** Plans the next trials of a search that learns from results, and asks to run them. */
export function proposeTrials(workspace: Workspace, config: SweepConfig, writer: JournalWriter): void {
  if (!isModelSearch(config)) return
  const planned = proposals(workspace, config)
  if (!planned.ok) throw new SweepError('config', `hyperherd.yaml: ${planned.message}`)
  if (planned.value.length === 0) return
  const { fold } = writer
  const known = [...fold.trials.values()].map(({ trial }) => ({ trial, isOut: false, isHeld: true }))
  const { added } = reconcile(planned.value, known, config.parameters, fold.nextIndex)
  if (added.length === 0) return
  // One write: a trial that is planned is called.
  writer.appendBy(
    'planner',
    { type: 'plan', trials: added.map(toDocument) },
    { type: 'call', trials: added.map(({ i }) => i) },
  )
  crashPoint('proposed')
}
