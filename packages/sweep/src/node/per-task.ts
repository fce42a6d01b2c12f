import type { ExecutorName, SlurmOptions, SweepConfig } from '../config/config.ts'
import type { PerTask } from '../planners/budget.ts'

/** Returns an attempt's resources on an executor. */
export function perTask({ slurm, gridEngine, local }: SweepConfig, executor: ExecutorName): PerTask {
  if (executor === 'slurm' && slurm !== null) {
    return { cpusPerTask: slurm.cpusPerTask, gpusPerTask: gpusOf(slurm) }
  }
  return executor === 'gridengine' && gridEngine !== null ? gridEngine : local
}

/** Returns a task's number of GPUs, from `gres` or from an option. GPUs of different types are added up. */
function gpusOf({ gres, extraArgs }: SlurmOptions): number {
  const options = extraArgs.flatMap((one) => {
    const [, name, value] = /^(--gres|--gpus|--gpus-per-task|--gpus-per-node|-G)(?:=|\s+)(.+)$/.exec(one) ?? []
    if (name === undefined || value === undefined) return []
    return name === '--gres' ? gpusIn(value) : value.split(',').map(countOf)
  })
  return [...(gres === null ? [] : gpusIn(gres)), ...options].reduce((sum, one) => sum + one, 0)
}

/** Returns the GPU parts of a value such as `gpu`, `gpu:2` or `gpu:a100:2,shard:4`. */
function gpusIn(gres: string): readonly number[] {
  return gres.split(',').flatMap((one) => (/^(gres[:/])?gpu\b/.test(one) ? [countOf(one)] : []))
}

/** Returns the number at the end of a value such as `gpu:a100:2`, `a100:2` or `2`; 1 if there is none. */
function countOf(text: string): number {
  return Number(/(?:^|[:=])(\d+)(?:\(.*\))?$/.exec(text.trim())?.[1] ?? 1)
}
