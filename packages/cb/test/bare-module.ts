import type {
  Channel,
  Env,
  HotModule,
  Json,
  JsonObject,
  ModuleContext,
  Op,
  Outcome,
  SubmittedOp,
} from '@hotcb/protocol'
import {
  type CallbackModuleOptions,
  type CallbackPorts,
  createCallbackModule,
  type LoadRequest,
  plainGuard,
} from '../src/index.ts'

/** A callback module without a kernel or files: exports come from a list, and the clock is set by the test. */
export interface BareModule {
  readonly module: HotModule
  readonly logged: string[]
  readonly submitted: SubmittedOp[]
  /** The load requests that the loader received. */
  readonly requests: LoadRequest[]
  /** The values to which targets evaluate, by symbol. */
  readonly exports: Record<string, unknown>
  readonly clock: { add(ms: number): void }
  apply(op: string, id: string, more?: Partial<Op>, channel?: Channel): Outcome
  load(id: string, symbol: string, more?: Partial<Op>): Outcome
  /** Runs the events of one safe point, and ends it. */
  step(step: number, events?: readonly string[], env?: Partial<Env>): void
  status(id: string): Record<string, Json>
  all(): JsonObject
}

export function openBare(options: CallbackModuleOptions = {}, ports: Partial<CallbackPorts> = {}): BareModule {
  const logged: string[] = []
  const submitted: SubmittedOp[] = []
  const requests: LoadRequest[] = []
  const exports: Record<string, unknown> = {}
  let nowMs = 0
  const clock = {
    add(ms: number): void {
      nowMs += ms
    },
  }
  const loader: CallbackPorts['loader'] = {
    load(request) {
      requests.push(request)
      const exported = exports[request.target.symbol]
      if (exported === undefined) return { ok: false, error: 'no such export', traceback: null }
      return { ok: true, loaded: { exported, capture: null, notes: null, look: null } }
    },
  }
  const module = createCallbackModule({ loader, now: () => nowMs, guard: plainGuard(), ...ports }, options)
  const contextOf = (channel: Channel): ModuleContext => ({
    channel,
    step: 0,
    total: null,
    controls: [],
    isCatchingUp: false,
    log: (message) => void logged.push(message),
    submit(op) {
      submitted.push(op)
      return null
    },
  })
  module.attach?.(contextOf('live'))

  function apply(op: string, id: string, more: Partial<Op> = {}, channel: Channel = 'live'): Outcome {
    const outcome = module.applyOp?.({ module: 'cb', op, id, params: null, ...more }, contextOf(channel))
    if (outcome === undefined) throw new Error('unreachable: the module has ops')
    return outcome
  }

  const all = (): JsonObject => (module.status?.() ?? {}) as JsonObject
  return {
    module,
    logged,
    submitted,
    requests,
    exports,
    clock,
    apply,
    load: (id, symbol, more = {}) => apply('load', id, { target: { kind: 'file', path: 'a.mjs', symbol }, ...more }),
    step(step, events = ['train_step_end'], env = {}) {
      for (const event of events) module.onEvent?.(event, { step, ...env }, contextOf('live'))
      module.onSafePoint?.({ step, ...env }, contextOf('live'))
    },
    status: (id) => (all()[id] ?? {}) as Record<string, Json>,
    all,
  }
}
