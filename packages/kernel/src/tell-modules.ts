import type { KernelParts } from './parts.ts'
import { describeError } from './router.ts'

/** Tells the modules of the safe point's events. A module that throws is named in the log; training goes on. */
export function tellModules(parts: KernelParts): void {
  const { listeners } = parts
  const { env, events } = parts.loop
  if (env === null || parts.loop.told) return
  parts.loop.tell()
  for (const event of events) {
    for (const { module, context } of listeners) {
      if (module.onEvent === undefined) continue
      try {
        module.onEvent(event, env, context)
      } catch (error) {
        parts.note(`module \`${module.name}\` threw at ${event}: ${describeError(error).message}`)
      }
    }
  }
  for (const { module, context } of listeners) {
    if (module.onSafePoint === undefined) continue
    try {
      module.onSafePoint(env, context)
    } catch (error) {
      parts.note(`module \`${module.name}\` threw: ${describeError(error).message}`)
    }
  }
}
