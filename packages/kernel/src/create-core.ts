import { type ModuleContext, readSubmittedOp } from '@hotcb/protocol'
import { createAgenda } from '@hotcb/recipe'
import { askFor, opOf } from './ask.ts'
import type { Core, Listener } from './core.ts'
import { createDocuments } from './documents.ts'
import { createFreezeWatch } from './freeze-watch.ts'
import { createIntake } from './intake.ts'
import { createLoopCalls } from './loop-calls.ts'
import { noLedger } from './no-ledger.ts'
import { afterLoss, readOpening } from './opening.ts'
import type { KernelOptions } from './options.ts'
import type { Clock } from './ports.ts'
import { createRanks } from './ranks.ts'
import { createRecorder } from './recorder.ts'
import { createRouter } from './router.ts'
import { createStanding } from './standing.ts'
import { createYamlWatch } from './yaml.ts'

/** What a kernel knows when it has read its ledger, and before it has written its first line. */
export function createCore(options: KernelOptions): Core {
  const clock = options.clock ?? STOPPED_CLOCK
  const ledger = options.ledger ?? noLedger()
  const state = options.state ?? null
  const modules = options.modules ?? []
  const found = readOpening(ledger)
  const sizes = options.commands?.sizes?.() ?? {}
  const opening = options.ledgerLoss ? afterLoss(found, options.ledgerLoss, sizes) : found
  const note = noteTo(options.log)
  const standing = createStanding()
  const router = createRouter(new Map(modules.map((module) => [module.name, module])), state)
  const bySeq = [...opening.history.entries].sort((a, b) => a.seq - b.seq)
  for (const { seq, step, call, after, end, op, reverts } of bySeq)
    standing.add({ seq, step, call, after, end, keys: router.keys(op), reverts })
  const recorder = createRecorder(ledger, clock, opening.seq, opening.last, note)
  recorder.attempt = opening.attempt + 1
  const done = opening.isForeign ? { ...opening.done, ...sizes } : opening.done
  const contexts = { live: noContexts(), recipe: noContexts(), history: noContexts(), kernel: noContexts() }
  const listeners: Listener[] = []
  let asked = 0
  const core: Core = {
    options,
    clock,
    ledger,
    state,
    modules,
    listeners,
    router,
    ranks: options.collective === undefined ? null : createRanks(options.collective),
    recorder,
    standing,
    freeze: createFreezeWatch(options.freeze ?? null, clock),
    intake:
      options.commands === undefined
        ? null
        : createIntake(options.commands, opening.answered, { done, open: opening.open }),
    yaml: options.yaml === undefined ? null : createYamlWatch(options.yaml, router.stateOf, opening.yaml),
    documents: createDocuments(options.documents ?? {}, state, clock, note),
    history: createAgenda(),
    held: createAgenda(),
    recipe: createAgenda(),
    submitted: [],
    saves: [],
    told: false,
    isChangedAfter: false,
    isLostTold: false,
    isLossTold: false,
    acceptedCid: null,
    opening: { ...opening, done },
    token: tokenOf(options.random),
    env: null,
    events: [],
    step: -1,
    call: -1,
    total: null,
    begun: false,
    paused: false,
    stopped: false,
    rewound: null,
    isEnd: false,
    calls: createLoopCalls(),
    savedTags: [],
    superseded: false,
    closed: false,
    recipeTrouble: null,
    replayProblems: [],
    abort: new AbortController(),
    stepSeconds: null,
    note,
    nextCid: () => `k${recorder.attempt}-${++asked}`,
    context(channel, module) {
      const known = contexts[channel].get(module)
      if (known !== undefined) return known
      const made = contextOf(core, channel, module)
      contexts[channel].set(module, made)
      return made
    },
  }
  for (const module of modules) {
    if (module.onEvent === undefined && module.onSafePoint === undefined) continue
    listeners.push({ module, context: core.context('live', module.name) })
  }
  return core
}

// Whoever wants to be told must not stop the training.
function noteTo(log: KernelOptions['log']): (message: string) => void {
  return (message) => {
    try {
      log?.(message)
    } catch {
      // There is nobody else to tell.
    }
  }
}

const noContexts = (): Map<string, ModuleContext> => new Map()

const STOPPED_CLOCK: Clock = { now: () => 0, wallTime: () => 0 }

function tokenOf(random: (() => number) | undefined): string {
  let token = ''
  while (token.length < 16)
    token += Math.floor((random?.() ?? 0) * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return token
}

function contextOf(core: Core, channel: ModuleContext['channel'], name: string): ModuleContext {
  const { runDir } = core.options
  return {
    channel,
    ...(runDir !== undefined && { runDir }),
    get step() {
      return core.begun ? core.step : null
    },
    get superseded() {
      return core.superseded
    },
    log: core.note,
    submit(asked) {
      const checked = readSubmittedOp(asked)
      if (!checked.ok) throw new TypeError(checked.reason)
      const { module, op, source = name, note = null } = checked.value
      if (core.history.size > 0 || channel === 'history') {
        core.note(`\`${source}\` may not submit while history is made again: ${module} ${op} is left out`)
        return null
      }
      const cid = core.nextCid()
      const channelOf = source === 'kernel' ? 'kernel' : 'live'
      core.submitted.push(askFor(opOf(checked.value), channelOf, source, { notes: note, cid }))
      return cid
    },
  }
}
