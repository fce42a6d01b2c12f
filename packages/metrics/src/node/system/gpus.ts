import { type ChildProcess, execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const GPU_FIGURES = ['percent', 'memory_mib', 'memory_total_mib', 'celsius', 'watts'] as const
const GPU_QUERY = [
  '--query-gpu=index,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw',
  '--format=csv,noheader,nounits',
]
const TIMEOUT_MS = 10_000

/** The answer from `nvidia-smi`: values keyed by `gpu<index>_<name>`, or why there are none. */
export type GpuAnswer =
  | { readonly ok: true; readonly figures: Readonly<Record<string, number>> }
  | { readonly ok: false; readonly reason: string }

/**
 * Runs `nvidia-smi` in its own process. The answer arrives later, when the loop yields to the event loop. The process
 * does not keep this program running.
 */
export function askGpus(ids: string | undefined, onAnswer: (answer: GpuAnswer) => void): ChildProcess {
  const query = ids === undefined || ids === '' ? GPU_QUERY : [`--id=${ids}`, ...GPU_QUERY]
  const child = execFile('nvidia-smi', query, { timeout: TIMEOUT_MS }, (error, stdout) => {
    if (error === null) onAnswer({ ok: true, figures: parseGpus(stdout) })
    else {
      const reason = error.code === 'ENOENT' ? 'nvidia-smi is not installed' : `nvidia-smi failed, ${error.message}`
      onAnswer({ ok: false, reason })
    }
  })
  child.unref()
  return child
}

/** Whether `nvidia-smi` is on the path, so that a machine without it does not have to start a process. */
export function hasNvidiaSmi(env: Readonly<Record<string, string | undefined>>): boolean {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.some((folder) => ['nvidia-smi', 'nvidia-smi.exe'].some((name) => isProgram(join(folder, name))))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Parses the CSV output of `nvidia-smi` without a header or units. Returns values keyed by `gpu<index>_<name>`. */
export function parseGpus(csv: string): Record<string, number> {
  const stats: Record<string, number> = {}
  for (const line of csv.split('\n')) {
    const [index, ...figures] = line.split(',').map((cell) => cell.trim())
    if (index === undefined || index === '') continue
    for (const [i, name] of GPU_FIGURES.entries()) {
      const figure = Number(figures[i])
      // A card without a sensor reports `[N/A]`.
      if (figures[i] !== undefined && figures[i] !== '' && Number.isFinite(figure))
        stats[`gpu${index}_${name}`] = figure
    }
  }
  return stats
}
