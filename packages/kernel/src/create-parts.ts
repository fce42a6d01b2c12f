import { BUILT_IN_TABLE, type ModuleDescriptor, type ModuleTable, messageOf } from '@hotcb/protocol'
import { type ChangesInForce, createChangesInForce } from './changes-in-force.ts'
import { createCondition } from './condition.ts'
import { createContexts } from './contexts.ts'
import { createDeciding } from './deciding.ts'
import { createDocuments } from './documents.ts'
import { createFreezeWatch } from './freeze-watch.ts'
import { type Hearing, hearing } from './hearing.ts'
import { createIntake } from './intake.ts'
import { createLoop } from './loop.ts'
import { noLedger } from './no-ledger.ts'
import { afterLoss, type Opening, readOpening } from './opening.ts'
import { KernelError, type KernelOptions } from './options.ts'
import { createPace } from './pace.ts'
import type { KernelParts, Listener } from './parts.ts'
import type { Clock, LedgerPort } from './ports.ts'
import { createQueues } from './queues.ts'
import { createRanks } from './ranks.ts'
import { createRecorder } from './recorder.ts'
import { createRouter, type Router } from './router.ts'
import { createYamlWatch } from './yaml.ts'

/** Creates the parts of a kernel. This reads the ledger, but does not write to it yet. */
export function createParts(options: KernelOptions): KernelParts {
  const { clock = STOPPED_CLOCK, state = null, modules = [], collective, commands, yaml } = options
  const ledger = options.ledger ?? noLedger()
  const note = noteTo(options.log)
  const router = createRouter(modules, state)
  const hear = hearing(modules, note)
  const opening = openingOf(options, ledger, router.table, hear)
  const { answered } = opening
  const recorder = createRecorder(ledger, clock, opening.seq, opening.last, note, (line) => {
    if (line.offset === null) answered.addLine(line)
    hear?.(line, false)
  })
  recorder.attempt = opening.attempt + 1
  recorder.step = opening.step
  const listeners: Listener[] = []
  let asked = 0
  const parts: KernelParts = {
    options,
    clock,
    ledger,
    state,
    modules,
    listeners,
    router,
    ranks: collective === undefined ? null : createRanks(collective),
    recorder,
    answered,
    inForce: changesInForce(opening, router),
    freeze: createFreezeWatch(options.freeze ?? null, clock),
    intake: commands === undefined ? null : createIntake(commands, answered, opening),
    yaml: yaml === undefined ? null : createYamlWatch(yaml, router, opening.yaml),
    documents: createDocuments(options.documents ?? {}, state, clock, note, ownModules(router.table)),
    pace: createPace(),
    loop: createLoop(opening),
    condition: createCondition(options.paused),
    deciding: createDeciding(() => recorder.seq),
    queues: createQueues(),
    token: tokenOf(options.random),
    note,
    nextCid: () => `k${recorder.attempt}-${++asked}`,
    context: (channel, module) => contexts(channel, module),
  }
  const contexts = createContexts(parts)
  for (const module of modules) {
    if (module.onEvent === undefined && module.onSafePoint === undefined) continue
    listeners.push({ module, context: contexts('live', module.name) })
  }
  return parts
}

// Built-in modules are left out, because every process has their descriptors.
function ownModules({ modules }: ModuleTable): readonly ModuleDescriptor[] {
  return modules.filter(({ name }) => BUILT_IN_TABLE.get(name) === undefined)
}

/** Sets the registration values that the host declares. @throws KernelError `bad-option` */
export function takeRegistered({ state, registered }: KernelOptions): void {
  try {
    if (registered !== undefined) state?.register(registered)
  } catch (error) {
    throw new KernelError('bad-option', `\`registered\` does not match the controls: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/**
 * Returns what was read from the ledger, adjusted for lost lines and for commands that a different kernel has handled.
 */
function openingOf(
  { commands, ledgerLoss }: KernelOptions,
  ledger: LedgerPort,
  table: ModuleTable,
  hear: Hearing | null,
): Opening {
  const found = readOpening(ledger, table, (line) => hear?.(line, true))
  const sizes = commands?.sizes?.() ?? {}
  const opening = ledgerLoss ? afterLoss(found, ledgerLoss, sizes) : found
  return opening.isForeign ? { ...opening, done: { ...opening.done, ...sizes } } : opening
}

/** Returns the changes in force, with the keys that they touched. */
function changesInForce({ history }: Opening, router: Router): ChangesInForce {
  const inForce = createChangesInForce()
  const bySeq = [...history.entries].sort((a, b) => a.seq - b.seq)
  for (const { seq, step, call, after, end, op, reverts } of bySeq)
    inForce.add({ seq, step, call, after, end, keys: router.keys(op), reverts })
  return inForce
}

// An error in the listener must not stop training.
function noteTo(log: KernelOptions['log']): (message: string) => void {
  return (message) => {
    try {
      log?.(message)
    } catch {
      // There is nowhere else to report it.
    }
  }
}

const STOPPED_CLOCK: Clock = { now: () => 0, wallTime: () => 0 }

function tokenOf(random: (() => number) | undefined): string {
  let token = ''
  while (token.length < 16)
    token += Math.floor((random?.() ?? 0) * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return token
}
