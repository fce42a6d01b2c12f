import type { ModuleContext } from '@hotcb/protocol'
import { stepOf } from './loop.ts'
import type { KernelParts } from './parts.ts'
import { isCatchingUp, submitFor } from './submit.ts'

type Channel = ModuleContext['channel']

/** Creates module contexts, one for each combination of module and channel. */
export function createContexts(parts: KernelParts): (channel: Channel, module: string) => ModuleContext {
  const made: Record<Channel, Map<string, ModuleContext>> = {
    live: new Map(),
    recipe: new Map(),
    history: new Map(),
    kernel: new Map(),
  }
  return (channel, module) => {
    const known = made[channel].get(module)
    if (known !== undefined) return known
    const context = contextOf(parts, channel, module)
    made[channel].set(module, context)
    return context
  }
}

function contextOf(parts: KernelParts, channel: Channel, name: string): ModuleContext {
  const { options, loop, condition, state, note } = parts
  const { runDir } = options
  const { save, load } = options.checkpoints ?? {}
  return {
    channel,
    checkpoints: { canSave: save !== undefined, canLoad: load !== undefined },
    get isFrozen() {
      return parts.freeze.state.mode !== 'off'
    },
    ...(runDir !== undefined && { runDir }),
    get step() {
      return loop.begun ? loop.step : null
    },
    get total() {
      return loop.total
    },
    get controls() {
      return state?.describe(stepOf(loop)) ?? []
    },
    get isCatchingUp() {
      return isCatchingUp(parts, channel)
    },
    get superseded() {
      return condition.superseded
    },
    log: note,
    submit: (asked) => submitFor(parts, channel, name, asked),
  }
}
