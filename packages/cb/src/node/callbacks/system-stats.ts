import { execFile } from 'node:child_process'
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os'
import type { CallbackEnv, HotCallback } from '../../callback.ts'
import { pairs } from '../../callbacks/numbers.ts'
import { createParams, every, isTime, text, toggle } from '../../callbacks/params.ts'
import { recordMetrics } from '../metric-file.ts'

/** Parameters of {@link systemStats}; all can be set while it runs. */
export interface SystemStatsOptions {
  /** Steps between two measurements; 0: none. @defaultValue 200 */
  readonly every?: number
  /** Queries `nvidia-smi`, if installed. Its answer arrives later, and needs a loop that yields. @defaultValue true */
  readonly gpu?: boolean
  /** File for `sys/...` as metric records; `hotcb.metrics.jsonl` adds them to the run's metrics. @defaultValue '' (none) */
  readonly out_path?: string
}

/**
 * Logs memory and CPU of the process, load and memory of the machine, and utilization, memory, temperature and power of
 * its GPUs.
 */
export function systemStats(init: SystemStatsOptions & { readonly id: string }): HotCallback {
  const params = createParams({ every: every(200), gpu: toggle(true), out_path: text('') }, { ...init })
  const { values } = params
  const out = recordMetrics()
  const cpu = createCpuMeter()
  let asking = false
  let hasGpu = true
  let closed = false

  function report(env: CallbackEnv, stats: Readonly<Record<string, number>>): void {
    env.log(`step=${env.step} ${pairs(stats)}`)
    const named = Object.entries(stats).map(([name, value]) => [`sys/${name}`, value])
    out.write(env, values.out_path, Object.fromEntries(named))
  }

  function askGpu(env: CallbackEnv): void {
    asking = true
    execFile('nvidia-smi', GPU_QUERY, { timeout: 10_000 }, (error, stdout) => {
      asking = false
      if (closed) return
      if (error !== null) {
        hasGpu = false
        env.log(
          `no GPU figures: nvidia-smi ${error.code === 'ENOENT' ? 'is not installed' : `failed, ${error.message}`}`,
        )
      } else report(env, parseGpus(stdout))
    })
  }

  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(_event, env) {
      if (!isTime(env.step, values.every)) return
      report(env, { ...processStats(), cpu_percent: cpu(), ...machineStats() })
      if (values.gpu && hasGpu && !asking) askGpu(env)
    },
    close() {
      closed = true
      out.close()
    },
  }
}

/** Figures by `gpu<index>_<name>` from the CSV output of nvidia-smi, without header and units. */
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

const GPU_FIGURES = ['percent', 'memory_mib', 'memory_total_mib', 'celsius', 'watts'] as const
const GPU_QUERY = [
  '--query-gpu=index,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw',
  '--format=csv,noheader,nounits',
]

const MIB = 2 ** 20

function processStats(): Record<string, number> {
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss_mib: rss / MIB, heap_mib: heapUsed / MIB, external_mib: external / MIB }
}

function machineStats(): Record<string, number> {
  const [load1 = 0] = loadavg()
  return { load1, cores: availableParallelism(), memory_free_mib: freemem() / MIB, memory_total_mib: totalmem() / MIB }
}

/** Percent of one core since the last call, all threads together. */
function createCpuMeter(): () => number {
  let at = performance.now()
  let used = process.cpuUsage()
  return () => {
    const now = performance.now()
    const { user, system } = process.cpuUsage(used)
    const percent = now > at ? ((user + system) / 1000 / (now - at)) * 100 : 0
    at = now
    used = process.cpuUsage()
    return percent
  }
}
