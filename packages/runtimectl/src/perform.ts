import { isObject, type Json, type JsonObject, messageOf } from '@hotcb/protocol'
import { type CallResult, textOf } from './ack.ts'
import type { Call, Control } from './control.ts'
import { callControl, checkCall, type Registry } from './registry.ts'
import type { Task } from './task.ts'

/** A task that can be executed. */
export interface Prepared {
  readonly ok: true
  readonly control: Control
  readonly call: Call
}

/** A task that was refused or has failed. */
export interface Refused {
  readonly ok: false
  readonly status: 'rejected' | 'failed'
  readonly error: string
}

/** An executed task, and the function that reverts it, if its control returned one. */
export interface Done {
  readonly ok: true
  readonly undo: (() => unknown) | undefined
}

/** Checks a task without executing it. The order of the checks and their messages match runtimectl. Never throws. */
export function prepare<Context>(registry: Registry<Context>, { command, checked }: Task): Prepared | Refused {
  const { op, path, args, kwargs, trouble } = command
  if (!Array.isArray(args)) return rejected('command args must be a list')
  if (!isObject(kwargs)) return rejected('command kwargs must be an object')
  if (op !== 'set') return rejected(`unsupported op: ${textOf(op)}${trouble === null ? '' : `: ${trouble}`}`)
  const control = typeof path === 'string' ? registry.get(path) : undefined
  if (control === undefined) return rejected(`unknown path: ${textOf(path)}`)
  try {
    // The casts are safe, because the values come from JSON.
    const asked = { args: args as readonly Json[], kwargs: kwargs as JsonObject }
    return { ok: true, control, call: checked ? asked : checkCall(control, asked.args, asked.kwargs) }
  } catch (error) {
    return { ok: false, status: 'failed', error: messageOf(error) }
  }
}

/** Executes a prepared task. Never throws. */
export function run({ control, call }: Prepared, ctx: unknown): Done | Refused {
  try {
    return { ok: true, undo: callControl(control, call, ctx) }
  } catch (error) {
    return { ok: false, status: 'failed', error: messageOf(error) }
  }
}

/** Checks a task and executes it, on a single rank. */
export function perform<Context>(registry: Registry<Context>, task: Task, ctx: Context): CallResult {
  const prepared = prepare(registry, task)
  if (!prepared.ok) return { status: prepared.status, error: prepared.error }
  const done = run(prepared, ctx)
  return done.ok ? { status: 'applied', call: prepared.call } : { status: done.status, error: done.error }
}

function rejected(error: string): Refused {
  return { ok: false, status: 'rejected', error }
}
