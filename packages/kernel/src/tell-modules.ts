import type { Env } from '@hotcb/protocol'
import type { KernelParts, Listener } from './parts.ts'
import { describeError } from './router.ts'

/** Tells the modules of the safe point's events. A module that throws is named in the log; training goes on. */
export function tellModules(parts: KernelParts): void {
  const { listeners } = parts
  const { env, events } = parts.loop
  if (env === null || parts.loop.told) return
  parts.loop.tell()
  for (const event of events) for (const listener of listeners) tellEvent(parts, listener, event, env)
  for (const listener of listeners) tellSafePoint(parts, listener, env)
}

function tellEvent(parts: KernelParts, { module, context }: Listener, event: string, env: Env): void {
  if (module.onEvent === undefined) return
  try {
    module.onEvent(event, env, context)
  } catch (error) {
    parts.note(`module \`${module.name}\` threw at ${event}: ${describeError(error).message}`)
  }
}

function tellSafePoint(parts: KernelParts, { module, context }: Listener, env: Env): void {
  if (module.onSafePoint === undefined) return
  try {
    module.onSafePoint(env, context)
  } catch (error) {
    parts.note(`module \`${module.name}\` threw: ${describeError(error).message}`)
  }
}
