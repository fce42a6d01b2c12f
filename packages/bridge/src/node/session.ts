import { statSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, type MutableState } from '@hotcb/actuators'
import { processStartOf } from '@hotcb/journal'
import { type Kernel, KernelError, RecipeError } from '@hotcb/kernel'
import { openKernel } from '@hotcb/kernel/node'
import { type ApplyResult, type Env, type HotModule, type JsonObject, messageOf, runFiles } from '@hotcb/protocol'
import { remoteControls } from '../remote-controls.ts'
import type {
  Answer,
  ApplyMessage,
  Contact,
  Controlled,
  ControllerMessage,
  ControlMessage,
  Done,
  Moves,
  OpenMessage,
  Polled,
  PollMessage,
  QueueMessage,
  Refused,
  RemoteEnv,
  Request,
} from '../wire.ts'
import { type Asking, askTrainer, createAsking, within } from './asking.ts'
import type { Page } from './page.ts'
import { type RemoteCallbacks, remoteCallbacks } from './remote-callbacks.ts'
import { openRemoteController, type RemoteController } from './remote-controller.ts'
import { remoteFunctions } from './remote-functions.ts'
import { type RemoteMetrics, remoteMetrics } from './remote-metrics.ts'
import { openRemoteQueue, type RemoteQueue } from './remote-queue.ts'

/** How a session communicates with its trainer. */
export interface SessionPorts {
  /** Sends a request to the trainer during a contact, and waits for its answer. */
  ask(request: Request): Answer
  readonly page: Page
  /** Receives the lines that the kernel logs. */
  log(message: string): void
}

/** The kernel for a trainer in another process. The messages that the trainer sends control it. */
export interface Session {
  /** Executes a message, and returns the last message of the contact; null for `bell`, which has no answer. */
  handle(contact: Contact): Done | Polled | Controlled | Refused | null
  /** Called between contacts: checks for commands and due documents, and requests a contact from the trainer if needed. */
  look(): void
  /** Called after a contact: writes the documents that are due. */
  write(): void
  /** Called when the trainer has exited: writes its last metrics. Nothing more is decided. */
  abandon(): void
  /** The run directory, once it is open. */
  readonly runDir: string | null
}

/** For how many steps the trainer sets the values of ramps and schedules itself. */
const AHEAD_STEPS = 256

/** Creates a session. It never throws; errors are returned in the last line of a contact. */
export function createSession(ports: SessionPorts): Session {
  const { page } = ports
  let opened: Opened | null = null
  let queue: RemoteQueue | null = null
  let controller: RemoteController | null = null

  function begin(message: OpenMessage): Done {
    if (opened !== null) throw new KernelError('bad-call', '`open` must come once')
    opened = openRun(message, ports)
    return opened.done(IDLE)
  }

  function poll(contact: QueueMessage | PollMessage): Polled {
    if (contact.k === 'queue')
      queue = openRemoteQueue(contact.dir, { ask: (request) => askTrainer(ports, request), log: ports.log })
    if (queue === null) throw new KernelError('bad-call', '`queue` must come before `poll`')
    return { k: 'done', acks: contact.k === 'poll' ? queue.poll(contact) : [] }
  }

  function control(contact: ControllerMessage | ControlMessage): Controlled {
    if (contact.k === 'controller') {
      controller = openRemoteController(contact, (request) => askTrainer(ports, request))
      return { k: 'done', log: [], status: {} }
    }
    if (controller === null) throw new KernelError('bad-call', '`controller` must come before `control`')
    return controller.control(contact)
  }

  function run(contact: Driving | Bell): Done | null {
    if (opened === null) throw new KernelError('bad-call', `\`open\` must come before \`${contact.k}\``)
    return opened.run(contact)
  }

  return {
    get runDir() {
      return opened?.runDir ?? null
    },
    handle(contact) {
      if (contact.k !== 'bell') page.lower()
      try {
        if (contact.k === 'queue' || contact.k === 'poll') return poll(contact)
        if (contact.k === 'controller' || contact.k === 'control') return control(contact)
        return contact.k === 'open' ? begin(contact) : run(contact)
      } catch (error) {
        const code = error instanceof KernelError ? error.code : 'failed'
        return { k: 'error', code, message: messageOf(error) }
      }
    },
    look: () => opened?.look(),
    write: () => opened?.write(),
    abandon: () => opened?.abandon(),
  }
}

const IDLE: ApplyResult = { stop: false, paused: false, rewound: null, degraded: false, superseded: false }

type Bell = Extract<Contact, { readonly k: 'bell' }>

/** A contact that needs an open kernel. */
type Driving = Exclude<Contact, OpenMessage | QueueMessage | PollMessage | ControllerMessage | ControlMessage | Bell>

interface Opened {
  readonly runDir: string
  run(contact: Driving | Bell): Done | null
  done(result: ApplyResult): Done
  look(): void
  write(): void
  abandon(): void
}

function openRun(message: OpenMessage, ports: SessionPorts): Opened {
  const { run_dir: runDir } = message
  const { page } = ports
  const metrics = remoteMetrics(message, page)
  const asking = createAsking(ports, () => kernel, message.world)
  const state = createMutableState(
    remoteControls(message.controls, {
      get: (i) => asking.ask({ k: 'get', i }),
      set: (setting) => void asking.ask({ ...setting, ...asking.deciding() }),
      rates: () => asking.rates,
    }),
  )
  const callbacks =
    message.callbacks === undefined
      ? null
      : remoteCallbacks(runDir, {
          ask: (request) => asking.ask(request),
          own: message.callbacks,
          ...(message.roots !== undefined && { allowedRoots: message.roots }),
        })
  const functions = remoteFunctions(message.functions ?? [], {
    ask: (request) => asking.ask(request),
    deciding: () => asking.deciding(),
    log: ports.log,
  })
  // From here on, the trainer's own callbacks run.
  const kernel: Kernel = within(asking, () =>
    openKernel(runDir, kernelOptions(message, ports, { state, metrics, asking, callbacks, functions })),
  )
  const driving = createDriving(kernel, asking)
  let isClosed = false

  function done(result: ApplyResult, more: Partial<Done> = {}): Done {
    if (kernel.attention.isBusy && !result.superseded) page.raise()
    return { ...doneOf(message, { kernel, state, asking }, result), ...more }
  }

  function run(told: Driving | Bell): Done | null {
    metrics.drain(told.head)
    if (told.k === 'bell') return null
    driving.take(told)
    if (told.callbacks !== undefined) callbacks?.take(told.callbacks)
    if (told.k === 'apply') return done(driving.apply(told))
    if (told.k === 'snapshot') return done(IDLE, { snapshot: driving.snapshot() })
    if (told.k !== 'close') return done(driving.begin(told))
    isClosed = true
    const problems = driving.close(told.place)
    metrics.close()
    return done(IDLE, problems.length > 0 ? { problems } : {})
  }

  return {
    runDir,
    run,
    done,
    look() {
      if (isClosed) return
      const { attention } = kernel
      if (attention.look() || attention.isBusy || performance.now() >= attention.nextAt) page.raise()
    },
    write() {
      if (!isClosed) kernel.attention.write()
    },
    abandon() {
      if (isClosed) return
      isClosed = true
      metrics.drain(page.head())
      metrics.close()
    },
  }
}

/** Calls a kernel's methods as the trainer's messages request. */
interface DrivenKernel {
  /** Reads the fields that every contact may have. */
  take(told: Driving): void
  begin(told: Extract<Driving, { k: 'continue' | 'takeover' }>): ApplyResult
  apply(told: ApplyMessage): ApplyResult
  snapshot(): JsonObject
  /** @returns the problems of a strict replay */
  close(place?: { readonly step: number; readonly call: number }): readonly string[]
}

function createDriving(kernel: Kernel, asking: Asking): DrivenKernel {
  return {
    take({ rates, submits = [], lost }) {
      if (lost !== undefined) asking.lose(lost)
      if (rates !== undefined) asking.rates = rates
      for (const op of submits) kernel.submit(op)
    },
    begin(told) {
      if (told.k === 'continue') {
        asking.step = told.env.step - 1
        return within(asking, () => kernel.continueFrom(envOf(told.env), told.snapshot))
      }
      const { place, since, max_steps, snapshot } = told
      asking.step = place.step
      const more = typeof max_steps === 'number' ? { maxSteps: max_steps } : {}
      return within(asking, () => kernel.continueFrom({ place, since, ...more }, snapshot))
    },
    apply({ env, events, call, moved }) {
      asking.step = env.step
      const place = moved === undefined ? { call } : { call, moved }
      const result = within(asking, () => kernel.apply(envOf(env), events, place))
      if (result.rewound !== null) asking.step = result.rewound - 1
      return result
    },
    snapshot: () => within(asking, () => kernel.snapshot()),
    close(place) {
      if (place !== undefined) kernel.attention.pass(place.step, place.call)
      return within(asking, () => closing(kernel))
    },
  }
}

function doneOf(
  message: OpenMessage,
  { kernel, state, asking }: { readonly kernel: Kernel; readonly state: MutableState; readonly asking: Asking },
  result: ApplyResult,
): Done {
  const { attention, seq, attempt } = kernel
  const { moves, until } = movesOf(message, state, asking.step)
  const due = Math.min(attention.nextStep, until)
  if (!result.degraded) asking.written = seq
  const { written } = asking
  const bytes = statSync(join(message.run_dir, runFiles.ledger), { throwIfNoEntry: false })?.size ?? 0
  return {
    k: 'done',
    result,
    due: Number.isFinite(due) ? due : null,
    seq,
    written,
    bytes,
    attempt,
    ...(moves.length > 0 && { moves }),
  }
}

interface Parts {
  readonly state: MutableState
  readonly metrics: RemoteMetrics
  readonly asking: Asking
  readonly callbacks: RemoteCallbacks | null
  readonly functions: HotModule | null
}

function kernelOptions(
  { identity, handlers, keep, continue: mode, paused, registered }: OpenMessage,
  ports: SessionPorts,
  { state, metrics, asking, callbacks, functions }: Parts,
): Parameters<typeof openKernel>[1] {
  // A checkpoint must contain the metrics of its safe point, which the trainer would otherwise send after the contact.
  const tell = (): void => metrics.drain(Number(asking.ask({ k: 'tell' })))
  return {
    state,
    modules: [
      ...(callbacks === null ? [] : [callbacks.module]),
      ...(metrics.collector === null ? [] : [metrics.collector]),
      ...(functions === null ? [] : [functions]),
    ],
    lookMs: 0,
    lateDocuments: true,
    continue: mode,
    paused,
    ...(registered !== undefined && { registered }),
    identity: { ...identity, start: processStartOf(identity.pid) },
    ...(asking.crew !== null && { hostRanks: asking.crew }),
    log: ports.log,
    sleep: { block: (ms) => asking.ask({ k: 'wait', ms }), note: 'paused' },
    checkpoints: {
      ...(keep !== undefined && { keep }),
      ...(handlers.no_load !== undefined && { noLoad: handlers.no_load }),
      ...(handlers.save && {
        save({ tag, dir, step }) {
          tell()
          asking.ask({ k: 'save', tag, dir, step })
        },
      }),
      ...(handlers.load && {
        load({ tag, dir }) {
          const step = asking.ask({ k: 'load', tag, dir, ...asking.deciding() })
          // If it has no step, the checkpoint's step is used.
          return typeof step === 'number' ? { step } : undefined
        },
      }),
    },
  }
}

/**
 * Returns tables for the controls whose values change after `step`, and the first step that the tables do not cover.
 */
function movesOf(
  { controls }: OpenMessage,
  state: MutableState,
  step: number,
): { readonly moves: readonly Moves[]; readonly until: number } {
  if (!state.isMoving) return { moves: [], until: Number.POSITIVE_INFINITY }
  // The first row belongs to this step, whose values have been written.
  const tables = state.ahead(Math.max(0, step), AHEAD_STEPS + 1).filter(({ rows }) => rows.length > 1)
  const moves = tables.map(({ key, first, rows }) => ({
    i: controls.findIndex((control) => control.key === key),
    first: first + 1,
    rows: rows.slice(1),
  }))
  // A shorter table is complete, since its last value remains in force.
  const cut = moves.filter(({ rows }) => rows.length === AHEAD_STEPS)
  return { moves, until: Math.min(...cut.map(({ first }) => first + AHEAD_STEPS)) }
}

function closing(kernel: Kernel): readonly string[] {
  try {
    kernel.close()
    return []
  } catch (error) {
    if (error instanceof RecipeError) return error.problems
    throw error
  }
}

function envOf({ step, epoch = null, phase = null, max_steps }: RemoteEnv): Env {
  return { step, epoch, phase, ...(typeof max_steps === 'number' && { maxSteps: max_steps }) }
}
