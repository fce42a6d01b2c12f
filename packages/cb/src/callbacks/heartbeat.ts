import type { HotCallback } from '../callback.ts'
import { createParams, every, isTime, text } from './params.ts'

/** The parameters of {@link heartbeat}. All of them can be changed while it is running. */
export interface HeartbeatOptions {
  /** Steps between lines; 0: never. @defaultValue 50 */
  readonly every?: number
  /** @defaultValue 'alive' */
  readonly message?: string
}

/** Logs a line every N steps, to show that the loop is alive. */
export function heartbeat(init: HeartbeatOptions & { readonly id: string }): HotCallback {
  const params = createParams({ every: every(50), message: text('alive') }, { ...init })
  const { values } = params
  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(event, env) {
      if (!isTime(env.step, values.every)) return
      const epoch = typeof env.epoch === 'number' ? ` epoch=${env.epoch}` : ''
      const phase = typeof env.phase === 'string' ? ` phase=${env.phase}` : ''
      env.log(`${values.message} event=${event} step=${env.step}${epoch}${phase}`)
    },
  }
}
