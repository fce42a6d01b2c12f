import type { Core } from './core.ts'
import { describeError } from './router.ts'

/** Tells the modules of the safe point's events. A module that throws is named in the log; training goes on. */
export function tellModules(core: Core): void {
  const { env, events, listeners } = core
  if (env === null || core.told) return
  core.told = true
  for (const event of events) {
    for (const { module, context } of listeners) {
      if (module.onEvent === undefined) continue
      try {
        module.onEvent(event, env, context)
      } catch (error) {
        core.note(`module \`${module.name}\` threw at ${event}: ${describeError(error).message}`)
      }
    }
  }
  for (const { module, context } of listeners) {
    if (module.onSafePoint === undefined) continue
    try {
      module.onSafePoint(env, context)
    } catch (error) {
      core.note(`module \`${module.name}\` threw: ${describeError(error).message}`)
    }
  }
}
