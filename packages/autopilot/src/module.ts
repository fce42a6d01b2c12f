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
  /** Number of this start. */
  readonly n: number
  /** Lines of earlier starts. */
  readonly past: readonly AutopilotLine[]
  /** False when another autopilot has taken the log: then the module does nothing more. */
  append(lines: readonly AutopilotLine[]): boolean
  close(): void
}

/** The requests of agents, which become proposals. */
export interface AutopilotRequests {
  /** New requests, each once. Called at every safe point. */
  take(): readonly ProposalRequest[]
  close(): void
}

export interface AutopilotOptions {
  /** @defaultValue 'suggest' */
  readonly mode?: Mode | undefined
  /** Rules of `readRuleFile`. @defaultValue {@link DEFAULT_RULES} */
  readonly rules?: RuleSet | undefined
  /** The metric by which the run is judged, or its name. @defaultValue the one of the rules, otherwise a guess from the names */
  readonly keyMetric?: string | KeyMetric | undefined
  /** @defaultValue {@link DEFAULT_LIMITS} */
  readonly limits?: Limits | undefined
  /** Steps between two checkpoints for rescues. @defaultValue an epoch */
  readonly saveEvery?: number | undefined
  /** Whether the trainer registered `data.skip(from, to)`, which leaves out the data of these steps. @defaultValue false */
  readonly hasDataSkip?: boolean | undefined
  /** Opens the log. @defaultValue none is written */
  readonly log?: ((runDir: string | undefined) => AutopilotLog) | undefined
  /** Opens the requests of agents, given the actions that the log contains. @defaultValue none are read */
  readonly requests?: ((runDir: string | undefined, actions: readonly ActionRecord[]) => AutopilotRequests) | undefined
  /** Wall time in epoch seconds, for the log and the age of requests. @defaultValue 0 */
  readonly wallTime?: (() => number) | undefined
  /** Running time in milliseconds, to measure the cost of checkpoints. @defaultValue not measured */
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

/** A kernel module that watches the metrics of each step and acts by rules. */
export interface AutopilotModule extends HotModule {
  readonly name: 'autopilot'
  /** The engine, from the first safe point on. */
  readonly engine: RuleEngine | null
}

/**
 * The autopilot inside the trainer: rules decide at the exact step, and their decisions are in the ledger, so that a replay needs
 * no rule. Nothing depends on a clock.
 *
 * @throws RangeError or TypeError for options that make no sense, or do not exist.
 */
export function createAutopilot(options: AutopilotOptions = {}): AutopilotModule {
  checkOptions('createAutopilot', options, KEYS)
  const { mode, rules = DEFAULT_RULES } = options
  if (mode !== undefined && !isMode(mode)) {
    throw new RangeError(`\`mode\` must be one of ${MODES.join(', ')}, got ${String(mode)}`)
  }
  const paced = rules.rules.find(({ condition }) => condition === 'slow' || condition === 'silent')
  if (paced !== undefined) {
    throw new RangeError(`rule \`${paced.id}\` needs a clock (${paced.condition}): it can only run beside the trainer`)
  }
  return createModule(options, rules)
}

/** The shared state of the members of a module. */
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
    // Only safe points matter.
    listens: () => [],
    onLine: (line, isPast) => onLine(host, line, isPast),
    onSafePoint: (env, context) => onSafePoint(host, env, context),
    status: () => ({ ...host.engine?.status(), ...(host.isOff && { off: 'another autopilot has taken over' }) }),
    snapshot() {
      host.stopwatch.begin()
      return host.engine?.snapshot() ?? host.saved
    },
    restore(saved) {
      // A load within this process: the windows drop the replaced values, and the reason of the load must be kept.
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
    // Another autopilot watches this run: two would act on each other.
    host.isOff = true
    context.log(`autopilot: the rules of the trainer are off: ${messageOf(error)}`)
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
  // Before the first step: after it the weights may be lost already.
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
      error: `mode ${mode} needs an autopilot beside the trainer: hotcb autopilot run --mode ${mode}`,
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
  // A change that is made again is the line that it was.
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

/** Not while changes are re-applied: a request belongs to the present. */
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

/** What the collector of metrics takes: `metrics`, and the losses next to it. */
function metricsOf(env: Env): Readonly<Record<string, unknown>> {
  const metrics = isObject(env.metrics) ? env.metrics : NO_METRICS
  const beside = TOP_LEVEL.filter((name) => env[name] !== undefined && !Object.hasOwn(metrics, name))
  if (beside.length === 0) return metrics
  return { ...metrics, ...Object.fromEntries(beside.map((name) => [name, env[name]])) }
}

/** Records an event, and submits its command. While changes are re-applied, both happened before. */
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
    context.log('autopilot: another autopilot has taken over: this one does nothing more')
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
