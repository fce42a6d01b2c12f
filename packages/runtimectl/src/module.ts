import {
  type HotModule,
  isObject,
  type Json,
  type JsonObject,
  messageOf,
  nearest,
  type Op,
  type Outcome,
  traceOf,
} from '@hotcb/protocol'
import { callControl, checkCall, type Registry } from './registry.ts'
import { formatWire } from './wire.ts'

/**
 * Creates the kernel module `ctl`, whose op `call` calls a registered path with `params: {args, kwargs}`.
 *
 * The ledger contains the requested arguments, so that a replay checks and converts them again.
 */
export function createControlsModule<Context>(
  registry: Registry<Context>,
  ctx: Context | (() => Context) | undefined,
): HotModule {
  let counts = new Map<string, { calls: number; failed: number }>()

  function call(op: Op): Outcome {
    const { id } = op
    if (op.op !== 'call') return failed(`\`op\` must be \`call\`, got \`${op.op}\``)
    const { args = [], kwargs = {}, ...rest } = op.params ?? {}
    const [strange] = Object.keys(rest)
    if (strange !== undefined) return failed(`\`params\` must be {args, kwargs}, got \`${strange}\``)
    if (!Array.isArray(args)) return failed('`params.args` must be a list')
    if (!isObject(kwargs)) return failed('`params.kwargs` must be an object')
    const control = registry.get(id)
    if (control === undefined) return failed(`unknown path: ${id}${hint(id, registry)}`)
    const count = counts.get(id) ?? { calls: 0, failed: 0 }
    counts.set(id, count)
    try {
      // The casts are safe, because the values come from JSON.
      const asked = { args: args as readonly Json[], kwargs: kwargs as JsonObject }
      const checked = checkCall(control, asked.args, asked.kwargs)
      callControl(control, checked, contextOf(ctx))
      count.calls++
      return { ok: true, payload: asked, old: null, notes: conversion(asked, checked) }
    } catch (error) {
      count.failed++
      return { ok: false, error: messageOf(error), traceback: traceOf(error) }
    }
  }

  return {
    name: 'ctl',
    applyOp: call,
    status() {
      const status: Record<string, Json> = {}
      for (const { path, description } of registry.all()) {
        const { calls = 0, failed: failures = 0 } = counts.get(path) ?? {}
        status[path] = { description, calls, failed: failures }
      }
      return status
    },
    snapshot: () => Object.fromEntries([...counts].map(([path, count]) => [path, { ...count }])),
    restore(snapshot) {
      counts = new Map()
      for (const [path, count] of Object.entries(isObject(snapshot) ? snapshot : {})) {
        if (isObject(count)) counts.set(path, { calls: countOf(count['calls']), failed: countOf(count['failed']) })
      }
    },
    reset: () => counts.clear(),
  }
}

function contextOf<Context>(ctx: Context | (() => Context) | undefined): unknown {
  // A function is called to get the context. A context that is itself a function must therefore be wrapped in another function.
  return typeof ctx === 'function' ? (ctx as () => Context)() : ctx
}

function conversion(asked: object, checked: object): string | null {
  try {
    const [before, after] = [formatWire(asked), formatWire(checked)]
    return before === after ? null : `called with ${after}`
  } catch {
    return null
  }
}

function hint<Context>(id: string, registry: Registry<Context>): string {
  const [near] = nearest(
    id,
    [...registry.all()].map(({ path }) => path),
    1,
  )
  return near === undefined ? '' : `: did you mean \`${near}\`?`
}

function countOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function failed(error: string): Outcome {
  return { ok: false, error }
}
