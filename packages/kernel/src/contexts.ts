import { type ModuleContext, readSubmittedOp, type SubmittedOp } from '@hotcb/protocol'
import { askFor, opOf } from './ask.ts'
import type { KernelParts } from './parts.ts'

type Channel = ModuleContext['channel']

/** Makes what modules are given, once for each module and channel. */
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
  const { runDir } = parts.options
  return {
    channel,
    ...(runDir !== undefined && { runDir }),
    get step() {
      return parts.loop.begun ? parts.loop.step : null
    },
    get superseded() {
      return parts.condition.superseded
    },
    log: parts.note,
    submit: (asked) => submitFor(parts, channel, name, asked),
  }
}

/** Submits what a module asks for. @returns its `cid`; null where nothing may be asked for now */
function submitFor(parts: KernelParts, channel: Channel, name: string, asked: SubmittedOp): string | null {
  const { queues, note } = parts
  const checked = readSubmittedOp(asked)
  if (!checked.ok) throw new TypeError(checked.reason)
  const { module, op, source = name, note: notes = null } = checked.value
  if (queues.history.size > 0 || channel === 'history') {
    note(`\`${source}\` may not submit while history is made again: ${module} ${op} is left out`)
    return null
  }
  const cid = parts.nextCid()
  const channelOf = source === 'kernel' ? 'kernel' : 'live'
  queues.submit(askFor(opOf(checked.value), channelOf, source, { notes, cid }))
  return cid
}
