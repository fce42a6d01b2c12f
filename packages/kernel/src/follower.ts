import type { ApplyResult, Env, HotModule } from '@hotcb/protocol'
import type { Attention } from './attention.ts'
import type { Collective, LoopPlace } from './collective.ts'
import { envMetrics, envTotal } from './env-field.ts'
import { createFollowerContexts } from './follower-context.ts'
import { createFollowerListening } from './follower-listening.ts'
import { createFollowerWork } from './follower-work.ts'
import type { HostPlace } from './kernel.ts'
import { wants } from './notify-modules.ts'
import { KernelError, type KernelOptions } from './options.ts'
import { IDLE } from './results.ts'
import { describeError } from './router.ts'
import type { UncheckedKernel } from './trainer-calls.ts'

/**
 * Creates the kernel for a rank above 0. It reads no files and no clock, and executes rank 0's decisions at the places
 * that rank 0 chose. Its modules receive events, but cannot submit.
 */
export function createFollower(options: KernelOptions, port: Collective): UncheckedKernel {
  const { state, modules = [] } = options
  const note = options.log ?? ((): void => undefined)
  let at: LoopPlace = { step: Number.NEGATIVE_INFINITY, call: 0 }
  let total: number | null = null
  let isClosed = false
  /** The current safe point, until the modules have received its events. */
  let point: { readonly env: Env; readonly events: readonly string[] } | null = null

  const { contextOf, submit } = createFollowerContexts(options, port.rank, note, () => {
    return { step: Number.isFinite(at.step) ? at.step : null, total }
  })

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
    for (const event of events) {
      for (const module of modules) {
        if (wants(module, event, note)) contained(module, () => module.onEvent?.(event, env, context))
      }
    }
    for (const module of modules) contained(module, () => module.onSafePoint?.(env, context))
  }

  const work = createFollowerWork({ options, contextOf, contained, note })
  const rank0 = createFollowerListening(port, work, { tell, note })

  function finish(): void {
    tell()
    // Rank 0 applies its end-of-call changes at the same place.
    if (rank0.next?.end === true) rank0.listenAt({ ...at, end: true })
  }

  function apply(env: Env, events: readonly string[] = [], place?: HostPlace): ApplyResult {
    if (isClosed) return IDLE
    at = { step: env.step, call: place?.call ?? (env.step === at.step ? at.call + 1 : 0) }
    total = envTotal(env) ?? total
    rank0.begin()
    point = { env, events }
    if (state?.isMoving) for (const problem of state.tick(env.step, envMetrics(env), place?.moved)) note(problem)
    rank0.listenAt(at)
    if (rank0.rewound === null) finish()
    if (rank0.rewound !== null) at = { step: rank0.rewound - 1, call: 0 }
    return rank0.result
  }

  for (const module of modules) contained(module, () => module.attach?.(contextOf('live')))

  return {
    signal: rank0.signal,
    seq: 0,
    attempt: 0,
    apply,
    deciding: null,
    attention: NO_ATTENTION,
    applyAsync: (env, events, place) => Promise.resolve(apply(env, events, place)),
    continueFrom() {
      if (Number.isFinite(at.step))
        throw new KernelError('closed', '`continueFrom` must be called once, before the first `apply`')
      rank0.listen()
      return rank0.result
    },
    submit,
    snapshot: () => ({}),
    close() {
      isClosed = true
      for (const module of modules) contained(module, () => module.close?.())
    },
  }
}

// Rank 0 decides where the ranks synchronize, so a host must not skip safe points on this rank.
const NO_ATTENTION: Attention = {
  nextStep: Number.NEGATIVE_INFINITY,
  isBusy: true,
  nextAt: Number.POSITIVE_INFINITY,
  look: () => false,
  write: () => undefined,
  pass: () => undefined,
}
