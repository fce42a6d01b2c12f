import type { HotCallback } from '../callback.ts'
import { recordMetrics } from '../node/metric-file.ts'
import { readEnvFirst } from './env-path.ts'
import { pairs } from './numbers.ts'
import { createParams, every, isTime, type Param, text } from './params.ts'
import { readTensor } from './tensor.ts'

/** The parameters of {@link gradStats}. All of them can be changed while it is running. */
export interface GradStatsOptions {
  /** Steps between measurements; 0: never. @defaultValue 200 */
  readonly every?: number
  /** The path of the gradients in env: an object with tensors keyed by name, or a list. @defaultValue 'grads' */
  readonly path?: string
  /** p of the p-norm over all gradients. @defaultValue 2 */
  readonly norm_type?: number
  /** A file to which `grad/norm`, ... are written as metric records. @defaultValue '' (none) */
  readonly out_path?: string
}

/** Logs the norm of all gradients, the largest entry, their number, and the names of those with NaN or infinities. */
export function gradStats(init: GradStatsOptions & { readonly id: string }): HotCallback {
  const specs = { every: every(200), path: text('grads'), norm_type: order(2), out_path: text('') }
  const params = createParams(specs, { ...init })
  const { values } = params
  const out = recordMetrics()
  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(_event, env) {
      if (!isTime(env.step, values.every)) return
      const grads = readEnvFirst(env, values.path)
      if (typeof grads !== 'object' || grads === null) {
        env.log(`step ${env.step}: env has no gradients at \`${values.path}\``)
        return
      }
      const stats = gradientStats(grads, values.norm_type)
      if (stats.found === 0) {
        // This is reported, because a norm of 0 would look like a measurement even though nothing was measured.
        env.log(
          `step ${env.step}: the gradients at \`${values.path}\` in env contain no numbers (parameters listed: ${stats.named})`,
        )
        return
      }
      const bad = stats.bad.length > 0 ? ` not finite: ${stats.bad.slice(0, 5).join(', ')}` : ''
      const { norm, maxAbs, found, named } = stats
      env.log(
        `step=${env.step} ${pairs({ norm, max_abs: maxAbs })} grads=${found}/${named} nan_params=${stats.bad.length}${bad}`,
      )
      out.write(env, values.out_path, {
        'grad/norm': norm,
        'grad/max_abs': maxAbs,
        'grad/nan_params': stats.bad.length,
      })
    },
    close: out.close,
  }
}

interface GradientStats {
  readonly norm: number
  readonly maxAbs: number
  readonly found: number
  readonly named: number
  readonly bad: readonly string[]
}

function gradientStats(grads: object, normType: number): GradientStats {
  let sum = 0
  let maxAbs = 0
  let found = 0
  const bad: string[] = []
  const entries = Object.entries(grads)
  for (const [name, grad] of entries) {
    const tensor = readTensor(grad)
    if (tensor === undefined) continue
    found++
    let finite = true
    for (let i = 0; i < tensor.values.length; i++) {
      const size = Math.abs(tensor.values[i] ?? 0)
      if (!Number.isFinite(size)) finite = false
      if (size > maxAbs) maxAbs = size
      sum += size ** normType
    }
    if (!finite) bad.push(name)
  }
  return { norm: sum ** (1 / normType), maxAbs, found, named: entries.length, bad }
}

function order(value: number): Param<number> {
  return {
    value,
    right: 'a number > 0',
    read: (given) => (typeof given === 'number' && given > 0 ? given : undefined),
  }
}
