import type { ApplyResult, Env, HotModule, ModuleContext, Op, Outcome } from '@hotcb/protocol'
import {
  type Collective,
  decodeMessage,
  encode,
  hasReached,
  type LoopPlace,
  type RankMessage,
  type RankReply,
} from './collective.ts'
import { envMetrics } from './env-field.ts'
import { KernelError, type KernelOptions } from './options.ts'
import { putBack } from './put-back.ts'
import { IDLE, resultOf } from './results.ts'
import { createRouter, describeError } from './router.ts'
import type { UncheckedKernel } from './trainer-calls.ts'

/**
 * The kernel of a rank above 0: it reads no files and no clock, and does what rank 0 decides at the places that rank 0
 * chose. Its modules hear of events, and may not submit.
 */
export function createFollower(options: KernelOptions, port: Collective): UncheckedKernel {
  const { state = null, modules = [], checkpoints } = options
  const note = options.log ?? ((): void => undefined)
  const router = createRouter(new Map(modules.map((module) => [module.name, module])), state)
  const abort = new AbortController()
  let at: LoopPlace = { step: Number.NEGATIVE_INFINITY, call: 0 }
  let next: LoopPlace | null = at
  /** What was done last, until rank 0 goes on: if it never does, it has put it back itself. */
  let last: { readonly op: Op; readonly step: number; readonly outcome: Outcome } | null = null
  let condition = { ...IDLE }
  let isClosed = false
  /** The safe point that the loop is at, and whether the modules have heard of it. */
  let point: { readonly env: Env; readonly events: readonly string[] } | null = null

  function contextOf(channel: ModuleContext['channel']): ModuleContext {
    return {
      channel,
      ...(options.runDir !== undefined && { runDir: options.runDir }),
      step: Number.isFinite(at.step) ? at.step : null,
      log: note,
      submit({ module, op }) {
        note(`rank ${port.rank} may not submit: ${module} ${op} is left to rank 0`)
        return null
      },
    }
  }

  /** Does what rank 0 says, until it has said all. */
  function follow(): void {
    try {
      let isOver = false
      while (!isOver) {
        const message = decodeMessage(port.broadcast(null))
        if (message.kind !== 'undo') last = null
        if (message.kind === 'end') isOver = endAt(message)
        else act(message)
      }
    } catch (error) {
      lose(describeError(error).message)
    }
  }

  /** False while paused: rank 0 goes on to speak. */
  function endAt(message: Extract<RankMessage, { kind: 'end' }>): boolean {
    const { paused, stop, rewound } = message
    next = message.next
    if (next !== null) reply({ ok: true })
    condition = { ...condition, paused, stop, rewound }
    if (stop && !abort.signal.aborted) abort.abort('stopped by command')
    return !paused
  }

  function lose(why: string): void {
    next = null
    // Nobody could end it any more.
    condition = { ...condition, paused: false }
    const undone = undoLast()
    const stuck = undone.ok ? '' : `; rank ${port.rank}: ${undone.error}`
    note(`rank ${port.rank}: the ranks cannot be reached, no more changes are made here: ${why}${stuck}`)
  }

  function act(message: Exclude<RankMessage, { kind: 'end' }>): void {
    switch (message.kind) {
      case 'op': {
        const { op, channel, step, total } = message
        last = { op, step, outcome: router.route(op, contextOf(channel), { step, total }) }
        reply(
          last.outcome.ok ? { ok: true } : { ok: false, error: last.outcome.error, broken: state?.takeBroken() ?? [] },
        )
        return
      }
      case 'undo':
        reply(undoLast())
        return
      case 'events':
        tell()
        return
      case 'load':
        load(message.tag)
        return
      case 'restore':
        restore(message)
        return
      default:
        throw new Error(`unreachable: ${JSON.stringify(message satisfies never)}`)
    }
  }

  function undoLast(): RankReply {
    if (last === null) return { ok: true }
    const { op, step, outcome } = last
    last = null
    const route = (back: Op): Outcome => router.route(back, contextOf('kernel'), { step, total: null })
    return putBack(op, outcome, route, router.stateOf(op))
  }

  function reply(text: RankReply): void {
    port.allGather(encode(text))
  }

  function load(tag: string): void {
    try {
      if (checkpoints?.load === undefined) throw new Error('this rank registered no `load` for checkpoints')
      const loaded = checkpoints.load({ tag })
      if (loaded instanceof Promise) throw new Error('`load` returned a promise: ranks above 0 need it done at once')
      reply({ ok: true })
    } catch (error) {
      reply({ ok: false, error: describeError(error).message })
    }
  }

  function restore({
    step,
    total,
    stream,
    modules: early,
    snapshot,
    modulesAfter: late,
    isReset,
  }: Extract<RankMessage, { kind: 'restore' }>): void {
    if (isReset) for (const module of modules) contained(module, () => module.reset?.())
    for (const problem of state?.fold(
      stream.map((one) => ({ ...one, total })),
      step - 1,
    ) ?? [])
      note(problem)
    const makeAgain = (ops: typeof early): void => {
      for (const one of ops) router.route(one.op, contextOf('history'), { step: one.step, total })
    }
    makeAgain(early)
    for (const module of modules) {
      const saved = snapshot?.[module.name]
      if (saved !== undefined) contained(module, () => module.restore?.(saved))
    }
    makeAgain(late)
  }

  function contained(module: HotModule, act: () => void): void {
    try {
      act()
    } catch (error) {
      note(`module \`${module.name}\` threw: ${describeError(error).message}`)
    }
  }

  function tell(): void {
    if (point === null) return
    const { env, events } = point
    point = null
    const context = contextOf('live')
    for (const event of events)
      for (const module of modules) contained(module, () => module.onEvent?.(event, env, context))
    for (const module of modules) contained(module, () => module.onSafePoint?.(env, context))
  }

  function apply(env: Env, events: readonly string[] = []): ApplyResult {
    if (isClosed) return IDLE
    at = env.step === at.step ? { step: at.step, call: at.call + 1 } : { step: env.step, call: 0 }
    condition = { ...condition, rewound: null }
    point = { env, events }
    if (state?.isMoving) for (const problem of state.tick(env.step, envMetrics(env))) note(problem)
    if (next !== null && hasReached(at, next)) follow()
    if (condition.rewound === null) {
      tell()
      // Rank 0 makes here what belongs to the end of this call.
      if (next?.end === true && hasReached({ ...at, end: true }, next)) follow()
    }
    if (condition.rewound !== null) at = { step: condition.rewound - 1, call: 0 }
    return resultOf(condition)
  }

  for (const module of modules) contained(module, () => module.attach?.(contextOf('live')))

  return {
    signal: abort.signal,
    seq: 0,
    apply,
    applyAsync: (env, events) => Promise.resolve(apply(env, events)),
    continueFrom() {
      if (Number.isFinite(at.step))
        throw new KernelError('closed', '`continueFrom` must be called once, before the first `apply`')
      follow()
      return resultOf(condition)
    },
    submit({ module, op }) {
      note(`rank ${port.rank} may not submit: ${module} ${op} is left to rank 0`)
      return null
    },
    snapshot: () => ({}),
    close() {
      isClosed = true
      for (const module of modules) contained(module, () => module.close?.())
    },
  }
}
