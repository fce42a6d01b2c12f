import { EXECUTORS, type SweepConfig } from '../config/config.ts'
import type { Executor } from '../executor/executor.ts'
import type { Fold } from '../journal/fold.ts'
import { newestAttempt } from '../journal/trial-state.ts'
import { gridExecutor } from './gridengine/grid-executor.ts'
import { localExecutor } from './local-executor.ts'
import { slurmExecutor } from './slurm/slurm-executor.ts'
import { SweepError } from './sweep-error.ts'
import type { Workspace } from './workspace.ts'

/** Returns the executor on which new attempts start. */
export function executorOf(workspace: Workspace, config: SweepConfig, onExit?: () => void): Executor {
  return named(workspace, config, config.executor, onExit)
}

/** Returns the executor for new attempts, followed by those on which the sweep's attempts may still be running. */
export function executorsInUse(workspace: Workspace, config: SweepConfig, onExit?: () => void): readonly Executor[] {
  const used = usedExecutors(workspace.journal.fold)
  const names = [config.executor, ...EXECUTORS.filter((name) => used.has(name))]
  return [...new Set(names)]
    .filter((name) => name === 'local' || blockOf(config, name) !== null)
    .map((name) => named(workspace, config, name, onExit))
}

function blockOf({ slurm, gridEngine }: SweepConfig, executor: 'slurm' | 'gridengine'): object | null {
  return executor === 'slurm' ? slurm : gridEngine
}

function usedExecutors(fold: Fold): ReadonlySet<string> {
  return new Set([...fold.trials.values()].flatMap((record) => newestAttempt(record)?.executor ?? []))
}

function named(
  { paths, clock, isLookOnly }: Workspace,
  { name, local, slurm, gridEngine }: SweepConfig,
  executor: SweepConfig['executor'],
  onExit?: () => void,
): Executor {
  if (executor === 'local') return localExecutor(paths, local, onExit)
  const now = (): number => clock.now()
  if (executor === 'gridengine') {
    if (gridEngine !== null) return gridExecutor({ paths, name, options: gridEngine, now })
    throw new SweepError('config', 'hyperherd.yaml: executor: gridengine needs a `gridengine:` block, which may be {}')
  }
  if (slurm === null) {
    throw new SweepError('config', 'hyperherd.yaml: executor: slurm needs a `slurm:` block with a `partition`')
  }
  return slurmExecutor({ paths, name, options: slurm, now, isLookOnly })
}
