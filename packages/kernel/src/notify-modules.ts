import type { Env, HotModule } from '@hotcb/protocol'
import type { KernelParts, Listener } from './parts.ts'
import { describeError } from './router.ts'

/**
 * Passes the events of the safe point to the modules. If a module throws, the error is logged and training continues.
 */
export function notifyModules(parts: KernelParts): void {
  const { listeners } = parts
  const { env, events } = parts.loop
  if (env === null || parts.loop.areModulesNotified) return
  parts.loop.tell()
  for (const event of events) for (const listener of listeners) notifyEvent(parts, listener, event, env)
  for (const listener of listeners) notifySafePoint(parts, listener, env)
}

/** Whether a module listens to an event. */
export function wants(module: HotModule, event: string, note: (message: string) => void): boolean {
  if (module.onEvent === undefined) return false
  if (module.listens === undefined) return true
  try {
    return module.listens().includes(event)
  } catch (error) {
    note(`module \`${module.name}\` threw in \`listens()\`: ${describeError(error).message}`)
    return true
  }
}

function notifyEvent(parts: KernelParts, { module, context }: Listener, event: string, env: Env): void {
  if (!wants(module, event, parts.note)) return
  try {
    module.onEvent?.(event, env, context)
  } catch (error) {
    parts.note(`module \`${module.name}\` threw at ${event}: ${describeError(error).message}`)
  }
}

function notifySafePoint(parts: KernelParts, { module, context }: Listener, env: Env): void {
  if (module.onSafePoint === undefined) return
  try {
    module.onSafePoint(env, context)
  } catch (error) {
    parts.note(`module \`${module.name}\` threw: ${describeError(error).message}`)
  }
}
