import { execFileSync } from 'node:child_process'
import { availableParallelism, totalmem } from 'node:os'
import type { LocalOptions } from '../config/config.ts'

/** The resources on this machine that trials may share. */
export interface Slots {
  readonly count: number
  /** GPU ids; empty if trials use no GPUs. */
  readonly gpus: readonly string[]
}

export function slotsOf(local: LocalOptions): Slots {
  const { cpusPerTask, gpusPerTask, memPerTask, maxConcurrent } = local
  const gpus = gpusPerTask === 0 ? [] : local.gpus === 'auto' ? findGpus() : local.gpus
  const limits = [
    maxConcurrent ?? Math.floor(availableParallelism() / cpusPerTask),
    ...(memPerTask === null ? [] : [Math.floor(totalmem() / memPerTask)]),
    ...(gpusPerTask === 0 ? [] : [gpuSlots(gpus.length, gpusPerTask)]),
  ]
  return { count: Math.max(1, Math.min(...limits)), gpus }
}

function gpuSlots(count: number, perTask: number): number {
  return perTask < 1 ? count * Math.floor(1 / perTask) : Math.floor(count / perTask)
}

function findGpus(): readonly string[] {
  try {
    const text = execFileSync('nvidia-smi', ['-L'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return [...text.matchAll(/^GPU (\d+):/gm)].map(([, id = '']) => id)
  } catch {
    // This machine has no GPU. Trials that request one run without it.
    return []
  }
}

/**
 * Returns the GPUs for one more trial, in CUDA_VISIBLE_DEVICES format; empty if it needs none, null if none is free.
 *
 * @param used The GPUs of the running trials, one string each.
 */
export function chooseGpus({ gpus }: Slots, perTask: number, used: readonly string[]): string | null {
  if (perTask === 0 || gpus.length === 0) return ''
  const counts = new Map(gpus.map((id) => [id, 0]))
  for (const id of used.flatMap((text) => text.split(','))) counts.set(id, (counts.get(id) ?? 0) + 1)
  if (perTask < 1) {
    const shares = Math.floor(1 / perTask)
    const [least] = [...counts].filter(([, count]) => count < shares).sort(([, a], [, b]) => b - a)
    return least?.[0] ?? null
  }
  const free = [...counts].filter(([, count]) => count === 0).map(([id]) => id)
  return free.length < perTask ? null : free.slice(0, perTask).join(',')
}
