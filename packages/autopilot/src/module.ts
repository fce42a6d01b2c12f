import { directionOf } from '@hotcb/metrics/judge'
import {
  type AutopilotLine,
  checkOptions,
  type Env,
  type HotModule,
  isObject,
  type Json,
  type LedgerLine,
  type ModuleContext,
  messageOf,
  type Op,
  type OptionKeys,
  type Outcome,
  type ProposalRequest,
} from '@hotcb/protocol'
import { DEFAULT_RULES } from './default-rules.ts'
import { createRuleEngine } from './engine.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { logLineOf, queuedLine } from './log-lines.ts'
import { createPast, type Past } from './past.ts'
import { staleRequest } from './proposal-request.ts'
import { createSaveStopwatch, type SaveStopwatch } from './save-stopwatch.ts'
import { type CheckpointSaver, createCheckpointSaver, type DiskSpace, tellSaver } from './saver.ts'
import { foldAutopilotHistory } from './story.ts'
import {
  type ActEvent,
  type ActionRecord,
  type AutopilotEvent,
  type EngineInput,
  isMode,
  type KeyMetric,
  type Limits,
  MODES,
  type Mode,
  type RuleEngine,
  type RuleSet,
} from './types.ts'

/** The file in which the module records its decisions: `hotcb.autopilot.jsonl`. */
export interface AutopilotLog {
  /** The number of this start. */
  readonly n: number
  /** The lines from earlier starts. */
  readonly past: readonly AutopilotLine[]
  /** Returns false if another autopilot has taken over the log. The module then stops acting. */
  append(lines: readonly AutopilotLine[]): boolean
  close(): void
}

/** Agents' requests, which become proposals. */
export interface AutopilotRequests {
  /** Returns each new request once. Called at every safe point. */
  take(): readonly ProposalRequest[]
  close(): void
}

export interface AutopilotOptions {
  /** @defaultValue 'suggest' */
  readonly mode?: Mode | undefined
  /** Rules from `readRuleFile`. @defaultValue {@link DEFAULT_RULES} */
  readonly rules?: RuleSet | undefined
  /** The metric by which the run is judged, or its name. @defaultValue that of the rules, otherwise a guess from the names */
  readonly keyMetric?: string | KeyMetric | undefined
  /** @defaultValue {@link DEFAULT_LIMITS} */
  readonly limits?: Limits | undefined
  /** The number of steps between two checkpoints for rescues. @defaultValue an epoch */
  readonly saveEvery?: number | undefined
  /** Whether the trainer registered `data.skip(from, to)`, which leaves out the data of these steps. @defaultValue false */
  readonly hasDataSkip?: boolean | undefined
  /** Opens the log. @defaultValue none is written */
  readonly log?: ((runDir: string | undefined) => AutopilotLog) | undefined
  /** Opens the agents' requests, given the actions in the log. @defaultValue none are read */
  readonly requests?: ((runDir: string | undefined, actions: readonly ActionRecord[]) => AutopilotRequests) | undefined
  /** Returns the wall time in epoch seconds, for the log and the age of requests. @defaultValue 0 */
  readonly wallTime?: (() => number) | undefined
  /** Returns the running time in milliseconds, to measure the cost of checkpoints. @defaultValue not measured */
  readonly clock?: (() => number) | undefined
  readonly disk?: ((runDir: string | undefined) => DiskSpace) | undefined
}

const KEYS: OptionKeys<AutopilotOptions> = {
  mode: true,
  rules: true,
  keyMetric: true,
  limits: true,
  saveEvery: true,
  hasDataSkip: true,
  log: true,
  requests: true,
  wallTime: true,
  clock: true,
  disk: true,
}

/** A kernel module that watches the metrics at each step and acts according to rules. */
export interface AutopilotModule extends HotModule {
  readonly name: 'autopilot'
  /** The engine, from the first safe point on. */
  readonly engine: RuleEngine | null
}

/**
 * Creates an autopilot inside the trainer. Rules are evaluated at each step, and their decisions are in the ledger, so a replay does not
 * need the rules. Nothing depends on a clock.
 *
 * @throws RangeError or TypeError for invalid or unknown options.
 */
export function createAutopilot(options: AutopilotOptions = {}): AutopilotModule {
  checkOptions('createAutopilot', options, KEYS)
  const { mode, rules = DEFAULT_RULES } = options
  if (mode !== undefined && !isMode(mode)) {
    throw new RangeError(`\`mode\` must be one of ${MODES.join(', ')}, got ${String(mode)}`)
  }
  const paced = rules.rules.find(({ condition }) => condition === 'slow' || condition === 'silent')
  if (paced !== undefined) {
    throw new RangeError(
      `rule \`${paced.id}\` needs a clock (${paced.condition}), so it can run only in a separate process`,
    )
  }
  return createModule(options, rules)
}

/** The state shared by a module's members. */
interface Host {
  readonly options: AutopilotOptions
  readonly rules: RuleSet
  readonly past: Past
  engine: RuleEngine | null
  log: AutopilotLog | null
  requests: AutopilotRequests | null
  saver: CheckpointSaver | null
  readonly stopwatch: SaveStopwatch
  lines: LedgerLine[]
  saved: Json
  mode: Mode | null
  isOff: boolean
}

function createModule(options: AutopilotOptions, rules: RuleSet): AutopilotModule {
  const host: Host = {
    options,
    rules,
    past: createPast(),
    engine: null,
    log: null,
    requests: null,
    saver: null,
    stopwatch: createSaveStopwatch(options.clock),
    lines: [],
    saved: null,
    mode: null,
    isOff: false,
  }
  return {
    name: 'autopilot',
    get engine() {
      return host.engine
    },
    attach: (context) => attach(host, context),
    applyOp: (op) => setMode(host, op),
    // Other events do not matter: the module acts only at safe points.
    listens: () => [],
    onLine: (line, isPast) => onLine(host, line, isPast),
    onSafePoint: (env, context) => onSafePoint(host, env, context),
    status: () => ({ ...host.engine?.status(), ...(host.isOff && { off: 'another autopilot has taken over' }) }),
    snapshot() {
      host.stopwatch.begin()
      return host.engine?.snapshot() ?? host.saved
    },
    restore(saved) {
      // The load happened in this process, so the engine is kept: its windows drop the replaced values, and it still knows the reason for
      // the load.
      if (host.engine === null) host.saved = saved
    },
    close() {
      host.requests?.close()
      host.log?.close()
    },
  }
}

function attach(host: Host, context: ModuleContext): void {
  const { options } = host
  try {
    host.log = options.log?.(context.runDir) ?? null
  } catch (error) {
    // Another autopilot is watching this run. Two of them would react to each other.
    host.isOff = true
    context.log(`autopilot: the trainer's rules are off: ${messageOf(error)}`)
    return
  }
  host.saver = createCheckpointSaver({
    every: options.saveEvery,
    clock: options.clock,
    disk: options.disk?.(context.runDir),
    say: (message) => context.log(message),
  })
  const { checkpoints } = context
  const canRescue = checkpoints?.canSave === true && checkpoints.canLoad && (options.mode ?? 'suggest') !== 'off'
  // This happens before the first step, because the weights may already be lost after it.
  const permission = (options.limits ?? DEFAULT_LIMITS).words.checkpoint
  const start = canRescue && host.past.isEmpty ? host.saver.start(permission) : undefined
  if (start !== undefined) context.submit({ ...start, cid: 'ap-start' })
}

function setMode(host: Host, { op, params }: Op): Outcome {
  const mode = params?.['mode']
  if (op !== 'mode') return { ok: false, error: `the autopilot has the op \`mode\`, got \`${op}\`` }
  if (mode === 'ai_suggest' || mode === 'ai_auto') {
    return {
      ok: false,
      error: `mode ${mode} needs an autopilot in a separate process: hotcb autopilot run --mode ${mode}`,
    }
  }
  if (!isMode(mode))
    return { ok: false, error: `\`mode\` must be one of ${MODES.join(', ')}, got ${JSON.stringify(mode ?? null)}` }
  const old = host.engine?.mode ?? host.mode ?? host.options.mode ?? 'suggest'
  host.mode = mode
  host.engine?.setMode(mode)
  return { ok: true, payload: { mode }, old: { mode: old } }
}

function onLine(host: Host, line: LedgerLine, isPast: boolean): void {
  if (isPast) {
    host.past.take(line)
    return
  }
  // A re-applied change is treated like its original line.
  host.lines.push(host.past.original(line))
  host.stopwatch.take(line)
  if (host.saver !== null) tellSaver(host.saver, line)
}

function onSafePoint(host: Host, env: Env, context: ModuleContext): void {
  if (host.isOff || context.superseded === true) return
  host.engine ??= begin(host, context)
  const { engine } = host
  const lines = host.lines
  host.lines = []
  const events = engine.look(seenOf(host, env, context, lines))
  for (const event of events) tell(host, event, context)
  takeRequests(host, engine, env, context)
  if (!context.isCatchingUp) saveFor(host, engine, env.step, context)
}

/** Reads agents' requests, but not while changes are being re-applied: a request refers to the current state. */
function takeRequests(host: Host, engine: RuleEngine, env: Env, context: ModuleContext): void {
  if (context.isCatchingUp) return
  for (const request of host.requests?.take() ?? []) {
    const stale = staleRequest(request, context.controls, host.options.wallTime?.() ?? request.ts)
    const seen = seenOf(host, env, context, [])
    for (const event of engine.propose(seen, request, stale)) tell(host, event, context)
  }
}

function begin(host: Host, { runDir }: ModuleContext): RuleEngine {
  const { options, rules, past, log } = host
  const story = foldAutopilotHistory(log?.past ?? [], past.lines())
  const engine = createRuleEngine(rules, {
    mode: host.mode ?? options.mode ?? 'suggest',
    keyMetric: keyMetricOf(options, rules),
    limits: options.limits ?? DEFAULT_LIMITS,
    n: log?.n ?? 1,
    idOf: (rule, step) => story.actions.find((action) => action.rule === rule && action.step === step)?.id,
  })
  engine.restore(host.saved)
  if (host.mode !== null) engine.setMode(host.mode)
  engine.recall(story, past.lines())
  host.requests = options.requests?.(runDir, story.actions) ?? null
  return engine
}

function keyMetricOf({ keyMetric }: AutopilotOptions, rules: RuleSet): KeyMetric | null {
  if (typeof keyMetric === 'object') return keyMetric
  const name = keyMetric ?? rules.keyMetric?.name
  if (name === undefined) return null
  const told = keyMetric === undefined ? rules.keyMetric?.direction : null
  return { name, direction: told ?? directionOf(name) ?? 'min' }
}

const NO_METRICS = {}

function seenOf({ options }: Host, env: Env, context: ModuleContext, lines: readonly LedgerLine[]): EngineInput {
  return {
    step: env.step,
    epoch: typeof env.epoch === 'number' ? env.epoch : null,
    metrics: metricsOf(env),
    controls: () => context.controls,
    lines,
    isFrozen: context.isFrozen === true,
    isPaused: false,
    total: context.total,
    canLoad: context.checkpoints?.canLoad,
    canSave: context.checkpoints?.canSave,
    hasDataSkip: options.hasDataSkip === true,
  }
}

const TOP_LEVEL = ['loss', 'train_loss', 'val_loss'] as const

/** Returns the same metrics as the collector: `metrics` plus the losses. */
function metricsOf(env: Env): Readonly<Record<string, unknown>> {
  const metrics = isObject(env.metrics) ? env.metrics : NO_METRICS
  const beside = TOP_LEVEL.filter((name) => env[name] !== undefined && !Object.hasOwn(metrics, name))
  if (beside.length === 0) return metrics
  return { ...metrics, ...Object.fromEntries(beside.map((name) => [name, env[name]])) }
}

/** Records an event and submits its command. While changes are being re-applied, both have already happened. */
function tell(host: Host, event: AutopilotEvent, context: ModuleContext): void {
  if (context.isCatchingUp) return
  const stamp = { ts: host.options.wallTime?.() ?? 0, n: host.log?.n ?? null }
  if (!append(host, logLineOf(event, stamp), context)) return
  if (event.kind !== 'act') return
  submit(event, context)
  if (!event.isContinued) append(host, queuedLine(event, stamp), context)
}

function append(host: Host, line: AutopilotLine, context: ModuleContext): boolean {
  if (host.log === null) return true
  try {
    if (host.log.append([line])) return true
    host.isOff = true
    context.log('autopilot: another autopilot has taken over; this one does nothing more')
    return false
  } catch (error) {
    context.log(`autopilot: its log cannot be written: ${messageOf(error)}`)
    return true
  }
}

function submit({ command }: ActEvent, context: ModuleContext): void {
  context.submit(command)
}

function saveFor({ saver, options, stopwatch }: Host, engine: RuleEngine, step: number, context: ModuleContext): void {
  const { checkpoints } = context
  if (saver === null || engine.mode === 'off' || checkpoints?.canSave !== true || !checkpoints.canLoad) return
  if (options.saveEvery === 0 || context.isFrozen === true) return
  for (const op of saver.look({ step, tookMs: stopwatch.read(), ...engine.saving(context.total) })) context.submit(op)
}
