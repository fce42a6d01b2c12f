import type { SweepConfig } from '../config/config.ts'
import { resourcesFor } from '../plan/conditions.ts'
import { configOf } from '../plan/stages.ts'
import type { SweepTrial } from '../plan/trial.ts'

/** Returns the config for a trial's task: the config of its stage, with the resources that conditions set. */
export function taskConfig(sweep: SweepConfig, trial: Pick<SweepTrial, 'stage' | 'params'>): SweepConfig {
  const config = configOf(sweep, trial)
  const { slurm, conditions, parameters } = config
  if (slurm === null || conditions.every((one) => Object.keys(one.slurm).length === 0)) return config
  const values = new Map(trial.params)
  const resources = resourcesFor(conditions, parameters, (name) => values.get(name))
  return { ...config, slurm: { ...slurm, ...resources } }
}
