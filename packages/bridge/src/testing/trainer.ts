import type { ApplyResult, Env, Json, JsonObject, SubmittedOp } from '@hotcb/protocol'
import { messageOf } from '@hotcb/protocol'
import type {
  Answer,
  Contact,
  Controlled,
  Done,
  Moves,
  OpenMessage,
  Polled,
  Refused,
  RemoteControl,
  RemoteEnv,
  Request,
} from '../wire.ts'
import { WIRE_VERSION } from '../wire.ts'
import type { MemoryPage } from './memory-page.ts'

/** One control of a trainer, with its real values. */
export interface TrainerControl {
  readonly remote: RemoteControl
  get(): readonly Json[]
  set(values: readonly Json[]): void
  /** Sets the scales; only for the `lr` of a trainer with its own schedule. */
  setScale?(scales: readonly Json[]): void
  rates?(): readonly number[]
}

export interface TrainerOptions {
  readonly runDir: string
  readonly controls: readonly TrainerControl[]
  readonly page: MemoryPage
  /** Sends a contact to the sidecar, which calls `answer` for its requests. */
  talk(contact: Contact): Done | Polled | Controlled | Refused | null
  readonly save?: (request: { readonly tag: string; readonly dir: string; readonly step: number }) => void
  /** @returns the next step to train, or null for the checkpoint's own step */
  readonly load?: (request: { readonly tag: string; readonly dir: string }) => number | null
  /** @defaultValue 'history' */
  readonly continue?: OpenMessage['continue']
  readonly registered?: JsonObject
  /** Called while the run is paused. If it returns false, the trainer stops waiting. @defaultValue leave it */
  readonly wait?: () => boolean
}

/** The training loop's side of the bridge, with the methods of a kernel. */
export interface BridgedTrainer {
  /** Executes a request from the sidecar during a contact. */
  answer(request: Request): Answer
  open(): void
  continueFrom(env: Env, snapshot?: JsonObject | null): ApplyResult
  apply(env: Env, events?: readonly string[]): ApplyResult
  /** Makes the next `apply` a contact. */
  look(): void
  submit(op: SubmittedOp): void
  snapshot(): JsonObject
  /** @returns one line for each problem of a strict replay */
  close(): readonly string[]
  /** The number of contacts made so far. */
  readonly contacts: number
}

const IDLE: ApplyResult = { stop: false, paused: false, rewound: null, degraded: false, superseded: false }

/** @throws Error with the sidecar's message when it rejects a contact. */
export function createTrainer(options: TrainerOptions): BridgedTrainer {
  const { page, controls } = options
  const at = { step: -1, call: -1 }
  let due: number | null = null
  let moves: readonly Moves[] = []
  let moved: number | undefined
  let submits: SubmittedOp[] = []
  // The first safe point always makes a contact.
  let isAsked = true
  let untold: (() => void) | null = null
  let contacts = 0

  function talk(contact: Contact): Done {
    contacts++
    const reply = options.talk(contact)
    if (reply === null) throw new Error(`unreachable: \`${contact.k}\` has no answer`)
    if (reply.k === 'error') throw new Error(reply.message)
    if (!('result' in reply)) throw new Error(`unreachable: \`${contact.k}\` drives a run`)
    due = reply.due
    moves = reply.moves ?? []
    const { rewound } = reply.result
    if (rewound !== null) Object.assign(at, { step: rewound - 1, call: 0 })
    return reply
  }

  function carried(): { head: number; rates?: readonly number[]; submits?: readonly SubmittedOp[] } {
    const waiting = submits
    submits = []
    return { ...positionOf(options), ...(waiting.length > 0 && { submits: waiting }) }
  }

  function mustTalk(step: number): boolean {
    return page.isRaised() || isAsked || submits.length > 0 || step < at.step || (due !== null && step >= due)
  }

  function tell(): void {
    untold?.()
    untold = null
  }

  return {
    get contacts() {
      return contacts
    },
    answer: (request) => answerTo(request, options, tell),
    open: () => void talk(openingOf(options)),
    continueFrom(env, snapshot = null) {
      Object.assign(at, { step: env.step - 1, call: -1 })
      return talk({ k: 'continue', env: remoteEnv(env), snapshot, ...carried() }).result
    },
    apply(env, events = []) {
      const { step } = env
      const isDue = mustTalk(step)
      at.call = step === at.step ? at.call + 1 : 0
      at.step = step
      untold = () => putMetrics(page, env)
      let result = IDLE
      if (isDue) {
        isAsked = false
        const more = moved === undefined ? {} : { moved }
        moved = undefined
        result = talk({ k: 'apply', env: remoteEnv(env), events, call: at.call, ...more, ...carried() }).result
      } else if (moves.length > 0) {
        moveControls(moves, controls, step)
        moved = step
      }
      if (result.rewound === null) tell()
      return result
    },
    look() {
      isAsked = true
    },
    submit: (op) => void submits.push(op),
    snapshot() {
      const { snapshot } = talk({ k: 'snapshot', ...carried() })
      return snapshot ?? {}
    },
    close: () => talk({ k: 'close', ...(at.step >= 0 && { place: { ...at } }), ...carried() }).problems ?? [],
  }
}

function remoteEnv({ step, epoch, phase, maxSteps }: Env): RemoteEnv {
  return {
    step,
    ...(epoch !== undefined && { epoch }),
    ...(phase !== undefined && { phase }),
    ...(maxSteps !== undefined && { max_steps: maxSteps }),
  }
}

function putMetrics(page: MemoryPage, { step, epoch = null, metrics = {} }: Env): void {
  const pairs = Object.entries(metrics).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : []))
  if (pairs.length > 0) page.putMetrics({ step, epoch, wallTime: 0, metrics: Object.fromEntries(pairs) })
}

function openingOf({
  runDir,
  continue: mode = 'history',
  registered,
  save,
  load,
  controls,
  page,
}: TrainerOptions): OpenMessage {
  return {
    k: 'open',
    bridge: WIRE_VERSION,
    run_dir: runDir,
    controls: controls.map(({ remote }) => remote),
    ...(registered !== undefined && { registered }),
    identity: { pid: 1, host: 'test' },
    continue: mode,
    paused: false,
    metrics: {},
    handlers: { save: save !== undefined, load: load !== undefined },
    shapes: page.shapes,
  }
}

function answerTo(request: Request, options: TrainerOptions, tell: () => void): Answer {
  try {
    return { v: serve(request, options, tell) }
  } catch (error) {
    return { error: messageOf(error) }
  }
}

function serve(request: Request, options: TrainerOptions, tell: () => void): Json {
  switch (request.k) {
    case 'get':
      return [...controlAt(options, request.i).get()]
    case 'set':
      controlAt(options, request.i).set(request.v)
      return null
    case 'scale':
      controlAt(options, request.i).setScale?.(request.v)
      return null
    case 'tell':
      tell()
      return options.page.head()
    case 'save':
      options.save?.(request)
      return null
    case 'load':
      return options.load?.(request) ?? null
    case 'wait':
      return options.wait?.() ?? false
    default:
      throw new TypeError(`this trainer has no callbacks, and was asked for \`${request.k}\``)
  }
}

function controlAt({ controls }: TrainerOptions, i: number): TrainerControl {
  const control = controls[i]
  if (control === undefined) throw new RangeError(`there is no control ${i}`)
  return control
}

function positionOf({ page, controls }: TrainerOptions): { head: number; rates?: readonly number[] } {
  const rates = controls.find(({ remote }) => remote.scheduled)?.rates?.()
  return { head: page.head(), ...(rates && { rates }) }
}

function moveControls(moves: readonly Moves[], controls: readonly TrainerControl[], step: number): void {
  for (const { i, first, rows } of moves) {
    const row = rows[step - first]
    if (row !== undefined) controls[i]?.set(row)
  }
}
