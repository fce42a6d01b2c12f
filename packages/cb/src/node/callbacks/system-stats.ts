import { askGpus, createCpuMeter, machineFigures, processFigures } from '@hotcb/metrics/node'
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
    askGpus(undefined, (answer) => {
      asking = false
      if (closed) return
      if (answer.ok) {
        report(env, answer.figures)
        return
      }
      hasGpu = false
      env.log(`no GPU figures: ${answer.reason}`)
    })
  }

  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(_event, env) {
      if (!isTime(env.step, values.every)) return
      report(env, { ...processFigures(), cpu_percent: cpu(), ...machineFigures() })
      if (values.gpu && hasGpu && !asking) askGpu(env)
    },
    close() {
      closed = true
      out.close()
    },
  }
}
