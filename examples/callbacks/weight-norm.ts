import type { CallbackEnv, CallbackInit, HotCallback } from '@hotcb/cb'

/** Logs the norm of the weights every N steps, and lowers the learning rate when the norm has grown too large. */
export class WeightNorm implements HotCallback {
  every: number
  limit: number

  constructor({ every = 20, limit = 3 }: CallbackInit & { readonly every?: number; readonly limit?: number }) {
    this.every = every
    this.limit = limit
  }

  setParams(params: { readonly every?: number; readonly limit?: number }): void {
    const { every = this.every, limit = this.limit, ...unknown } = params
    for (const name of Object.keys(unknown)) throw new TypeError(`unknown parameter \`${name}\``)
    if (!(every > 0)) throw new RangeError(`\`every\` must be > 0, got ${every}`)
    this.every = every
    this.limit = limit
  }

  handle(_event: string, env: CallbackEnv): void {
    if (env.step % this.every !== 0) return
    const weights = env.weights as readonly number[]
    const norm = Math.hypot(...weights)
    env.log(`norm ${norm.toFixed(3)} at step ${env.step}`)
    if (norm <= this.limit) return
    this.limit *= 10
    env.submit({ module: 'opt', op: 'set_params', params: { lr: 0.05 }, note: `norm ${norm.toFixed(2)}` })
  }
}
