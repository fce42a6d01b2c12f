import { askGpus, createCpuMeter, machineFigures, processFigures } from '@hotcb/metrics/node'
import type { CallbackEnv, HotCallback } from '../../callback.ts'
import { pairs } from '../../callbacks/numbers.ts'
import { createParams, every, isTime, text, toggle } from '../../callbacks/params.ts'
import { recordMetrics } from '../metric-file.ts'

/** The parameters of {@link systemStats}. All of them can be changed while it is running. */
export interface SystemStatsOptions {
  /** Steps between measurements; 0: never. @defaultValue 200 */
  readonly every?: number
  /**
   * Whether to query `nvidia-smi`, if installed. Its answer arrives later, and only if the loop yields to the event
   * loop. @defaultValue true
   */
  readonly gpu?: boolean
  /**
   * A file to which `sys/...` is written as metric records; `hotcb.metrics.jsonl` adds them to the run's metrics. @defaultValue '' (none)
   */
  readonly out_path?: string
}

/**
 * Logs the memory and CPU usage of the process, the load and memory of the machine, and the utilization, memory, temperature and power of
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
      env.log(`no GPU metrics: ${answer.reason}`)
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
