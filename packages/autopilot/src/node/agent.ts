import { fileSystemKind } from '@hotcb/journal'
import {
  type AutopilotLine,
  type JsonObject,
  type LedgerLine,
  readAutopilotLine,
  runFiles,
  type ShownMetrics,
} from '@hotcb/protocol'
import { RunError } from '@hotcb/run'
import { type Hold, openHold, openRun, type Run } from '@hotcb/run/node'
import { limitsOfModel } from '../ai/ai-rule.ts'
import { createRuleEngine } from '../engine.ts'
import { staleRequest } from '../proposal-request.ts'
import { type AutopilotHistoryFold, createAutopilotHistoryFold } from '../story.ts'
import {
  type AutopilotEvent,
  type AutopilotMode,
  type EngineInput,
  isAiMode,
  type OnWait,
  type RuleEngine,
  type RuleEngineOptions,
  type RuleSet,
  ruleModeOf,
} from '../types.ts'
import type { AiDriver } from './ai/driver.ts'
import { type Actor, createActor } from './carry-out.ts'
import { type Facts, readFacts } from './facts.ts'
import { createPace, type Pace } from './pace.ts'
import { readAutopilotHistory } from './read-story.ts'
import { recordsOf, withLines } from './records.ts'
import { openRequestInbox, type RequestInbox } from './request-inbox.ts'
import { createSaverBeside, type SaverBeside } from './saver-beside.ts'
import { openStreams, RECENT, readLines, type Streams } from './streams.ts'
import { createWaitPause, type WaitOptions, type WaitPause } from './wait-pause.ts'

/** Options for an agent. */
export interface AgentOptions extends Pick<RuleEngineOptions, 'keyMetric' | 'limits'> {
  readonly mode: AutopilotMode
  readonly ruleSet: RuleSet
  /** What the run does while a rescue proposal is waiting for an answer. @defaultValue 'train' */
  readonly onWait?: OnWait | undefined
  /** Whether to take over the run from another running autopilot. @defaultValue false */
  readonly takeOver?: boolean | undefined
  /** Called once when another autopilot has taken over the run. */
  readonly onSuperseded?: ((by: string) => void) | undefined
  /** Called with each decision after it has been recorded. */
  readonly onEvents?: ((events: readonly AutopilotEvent[]) => void) | undefined
  /** Called once with a one-line message if no more checkpoints will be saved for rescues. */
  readonly note?: ((text: string) => void) | undefined
  /** Returns epoch milliseconds. Default: the system clock. */
  readonly nowMs?: (() => number) | undefined
}

/** An autopilot in a separate process: it reads a training run's files and sends commands. */
export interface Agent {
  readonly engine: RuleEngine
  readonly hold: Hold
  /** Reads new records and ledger lines, decides, and acts. Returns false once another autopilot has taken over the run. */
  look(): boolean
  /** Replaces the rules, the limits and the options; all observations are kept. */
  replace(ruleSet: RuleSet, options: Pick<AgentOptions, 'limits' | 'keyMetric' | 'onWait'>): void
  readonly mode: AutopilotMode
  /** Changes the mode and records the change in the log. */
  setMode(mode: AutopilotMode): void
  /** Uses this model from now on; null: no model, only rules. */
  useModel(ai: AiDriver | null): void
  /** Stops the autopilot and releases the run for another one. */
  close(): void
}

/**
 * Starts an autopilot for a training run in this process. It starts at the live end of the run: earlier records fill its windows but never
 * make a rule fire.
 *
 * @throws RunError `held` if another autopilot is running; `foreign-kernel`; the errors that `openRun` throws.
 */
export function openAgent(dir: string, options: AgentOptions): Agent {
  const run = openRun(dir)
  if (run.isForeign()) {
    throw new RunError(
      'foreign-kernel',
      "the kernel of this run is not hotcb's: it honours neither `expect` nor `expires`, so an autopilot cannot act safely",
    )
  }
  const { nowMs = Date.now, ruleSet, mode, keyMetric, limits } = options
  const log = createAutopilotHistoryFold()
  const hold = openHold(dir, runFiles.autopilot, {
    engine: 'autopilot',
    takeOver: options.takeOver ?? false,
    onLine: (line) => foldLine(log, line),
    onSuperseded: ({ engine }) => options.onSuperseded?.(engine),
    fields: (n) => ({ ...EMPTY_LINE, action_id: `a${n}-0`, reason: modeText(mode), metric: keyMetric?.name ?? null }),
  })
  const engine = createRuleEngine(ruleSet, { mode: ruleModeOf(mode), keyMetric, limits, n: hold.n })
  try {
    return startAgent({
      run,
      hold,
      engine,
      mode,
      ai: null,
      waiting: { onWait: options.onWait ?? 'train', limits },
      log,
      nowMs,
      onEvents: options.onEvents,
      note: options.note ?? (() => undefined),
    })
  } catch (error) {
    hold.close()
    throw error
  }
}

const EMPTY_LINE = { step: null, source: 'autopilot' }

/** Describes a mode in the log. */
export function modeText(mode: AutopilotMode): string {
  return `mode ${mode}`
}

function foldLine(log: AutopilotHistoryFold, line: JsonObject): void {
  const read = readAutopilotLine(line)
  if (read.ok) log.line(read.value)
}

interface Parts {
  readonly run: Run
  readonly hold: Hold
  engine: RuleEngine
  mode: AutopilotMode
  ai: AiDriver | null
  waiting: WaitOptions
  readonly log: AutopilotHistoryFold
  readonly nowMs: () => number
  readonly onEvents: AgentOptions['onEvents']
  readonly note: (text: string) => void
}

function startAgent(parts: Parts): Agent {
  const { run, hold, nowMs } = parts
  const actor = createActor(run, hold, nowMs)
  const pace = createPace()
  const streams = openStreams(parts)
  const story = parts.log.story()
  parts.engine.recall(story, streams.past)
  streams.lines.push(...actor.resume(story.actions))
  const saver = startSaver(parts, streams)
  const network = fileSystemKind(run.dir) === 'network'
  const inbox = openRequestInbox({ path: run.path('proposals'), network, actions: story.actions })
  const wait = createWaitPause(run)
  wait.hear(streams.past)
  const looking: Looking = {
    actor,
    pace,
    saver,
    wait,
    inbox,
    streams,
    last: streams.last,
    lastIdleMs: Number.NEGATIVE_INFINITY,
  }
  let isClosed = false
  return {
    get engine() {
      return parts.engine
    },
    hold,
    look() {
      if (isClosed || !hold.look()) return false
      lookOnce(parts, looking)
      return hold.supersededBy === undefined
    },
    replace(ruleSet, { limits, keyMetric, onWait = 'train' }) {
      const before = parts.engine
      parts.engine = createRuleEngine(ruleSet, { mode: before.mode, keyMetric, limits, n: hold.n })
      parts.engine.restore(before.snapshot())
      parts.waiting = { onWait, limits }
    },
    get mode() {
      return parts.mode
    },
    useModel(ai) {
      parts.ai?.close()
      parts.ai = ai
      for (const { step, metrics } of streams.recent) ai?.take(step, metrics)
      if (ai === null) parts.engine.setSensing(false)
    },
    setMode(mode) {
      if (mode === parts.mode) return
      parts.mode = mode
      parts.engine.setMode(ruleModeOf(mode))
      hold.append([modeLine(hold.n, mode, nowMs() / 1000)])
    },
    close() {
      if (isClosed) return
      isClosed = true
      parts.ai?.close()
      streams.metrics.close()
      streams.ledger.close()
      inbox.close()
      hold.close()
    },
  }
}

/** Starts the saver. It counts from the last checkpoint, so that a restart does not cause an earlier save. */
function startSaver({ run, engine, nowMs, note }: Parts, { past, records }: Streams): SaverBeside {
  const from = engine.saving(null).checkpoints.at(-1)?.step
  const saver = createSaverBeside({ run, nowMs, say: note, from: from ?? 0 })
  saver.hear(past)
  saver.watch(records)
  saver.start(engine, readFacts(run))
  return saver
}

function modeLine(n: number, mode: AutopilotMode, ts: number): JsonObject {
  return { ...EMPTY_LINE, action_id: `a${n}-0`, kind: 'alert', ts, reason: modeText(mode) }
}

interface Looking {
  readonly actor: Actor
  readonly pace: Pace
  readonly saver: SaverBeside
  readonly wait: WaitPause
  readonly inbox: RequestInbox
  readonly streams: Streams
  /** The last step that was read. */
  last: number
  lastIdleMs: number
}

/** The time between two checks that cover only the clock and the ledger. */
const IDLE_MS = 2000

function lookOnce(parts: Parts, looking: Looking): void {
  const { streams, actor, saver, wait } = looking
  const written = readLines(streams.ledger)
  saver.hear(written)
  wait.hear(written)
  streams.lines.push(...written)
  streams.lines.push(...actor.resume([]))
  let facts: Facts | undefined
  let hasRecords = false
  while (streams.metrics.look()) {
    const { lines, more, failure } = streams.metrics.read()
    const records = recordsOf(lines)
    if (records.length > 0) {
      facts ??= readFacts(parts.run)
      saver.watch(records)
      takeRecords(parts, looking, records, facts)
      hasRecords = true
    }
    if (failure !== null || (!more && lines.length === 0)) break
  }
  const nowMs = parts.nowMs()
  if (hasRecords && facts !== undefined) saver.look(looking.last, parts.engine, facts)
  // Rules that use the clock are also checked between records.
  const isDue = (!hasRecords && streams.lines.length > 0) || nowMs - looking.lastIdleMs >= IDLE_MS
  if (isDue) {
    looking.lastIdleMs = nowMs
    idle(parts, looking, facts ?? readFacts(parts.run))
  }
  askModel(parts, looking, () => facts ?? readFacts(parts.run))
  takeRequests(parts, looking)
  wait.look(parts.engine, () => facts ?? readFacts(parts.run), parts.waiting)
}

/** Turns agents' requests into proposals, or reports why they do not become proposals. */
function takeRequests(parts: Parts, looking: Looking): void {
  for (const request of looking.inbox.take()) {
    const facts = readFacts(parts.run)
    const { last: step, actor, streams } = looking
    const now = parts.nowMs() / 1000
    const seen = { ...shownFacts(looking, facts), step, epoch: null, metrics: {}, lines: NO_LINES, now }
    const events = parts.engine.propose(seen, request, staleRequest(request, facts.controls(), now))
    streams.lines.push(...actor.carryOut(events))
    parts.onEvents?.(events)
  }
}

/** Lets the driver query the model and carries out the requested actions, which are judged like those of a rule. */
function askModel(parts: Parts, looking: Looking, factsNow: () => Facts): void {
  const { ai, engine, run, mode, waiting } = parts
  if (ai === null || !isAiMode(mode)) return
  engine.setSensing(!ai.isAway)
  const nowMs = parts.nowMs()
  const facts = factsNow()
  const { last: step, actor, streams } = looking
  const now = nowMs / 1000
  const seen = { ...shownFacts(looking, facts), step, epoch: null, metrics: {}, lines: NO_LINES, now }
  const limits = limitsOfModel(waiting.limits)
  const events = ai.look({
    mode,
    engine,
    limits,
    seen,
    facts,
    actions: () => readAutopilotHistory(run, { step, now }).actions,
  })
  engine.setSensing(!ai.isAway)
  if (events.length === 0) return
  streams.lines.push(...actor.carryOut(events))
  parts.onEvents?.(events)
}

/** Passes new records to the model's driver. They are also kept in case a model is set later. */
function showModel({ ai }: Parts, { streams }: Looking, records: readonly ShownMetrics[]): void {
  for (const { step, metrics } of records) ai?.take(step, metrics)
  streams.recent.push(...records)
  if (streams.recent.length > 2 * RECENT) streams.recent.splice(0, streams.recent.length - RECENT)
}

function takeRecords(parts: Parts, looking: Looking, records: readonly ShownMetrics[], facts: Facts): void {
  showModel(parts, looking, records)
  const nowMs = parts.nowMs()
  // One object is used for all steps: an engine keeps no reference to its input, and there may be hundreds of metrics.
  const seen = {
    ...shownFacts(looking, facts),
    step: 0,
    epoch: null as number | null,
    metrics: {},
    lines: NO_LINES,
    now: nowMs / 1000,
  }
  for (const { step, epoch, metrics, lines } of withLines(records, looking.streams.lines)) {
    looking.last = step
    looking.pace.take(step, nowMs)
    seen.step = step
    seen.epoch = epoch
    seen.metrics = metrics
    seen.lines = lines
    decide(parts, looking, seen)
  }
}

const NO_LINES: readonly LedgerLine[] = []

/** Returns the facts about a run for the engine, including what its trainer's answers have revealed. */
function shownFacts({ saver }: Looking, facts: Facts): Facts & Pick<EngineInput, 'canLoad'> {
  const { canSave, canLoad } = saver.abilities
  return { ...facts, canSave: facts.canSave ?? canSave, canLoad }
}

/** Evaluates only the ledger and the clock. */
function idle(parts: Parts, looking: Looking, facts: Facts): void {
  const lines = looking.streams.lines.splice(0)
  const nowMs = parts.nowMs()
  // A paused or finished training run does not count as slow.
  const pace = facts.isPaused || facts.isOver ? undefined : looking.pace.at(nowMs, facts.stepSeconds)
  const { last: step } = looking
  looking.saver.start(parts.engine, facts)
  decide(parts, looking, {
    ...shownFacts(looking, facts),
    step,
    epoch: null,
    metrics: {},
    lines,
    now: nowMs / 1000,
    ...(pace && { pace }),
  })
}

function decide({ engine, onEvents, ai }: Parts, { actor, streams }: Looking, seen: EngineInput): void {
  const events = engine.look(seen)
  if (events.length === 0) return
  streams.lines.push(...actor.carryOut(events))
  if (ai !== null) for (const event of events) if (event.kind === 'alert') ai.alert(`${event.rule}: ${event.because}`)
  onEvents?.(events)
}

/** Returns the mode that a log line sets: a `begin` line, or a mode change. */
export function modeOf(line: AutopilotLine): AutopilotMode | undefined {
  const [, mode] = /^mode (off|suggest|auto|ai_suggest|ai_auto)$/.exec(line.reason ?? '') ?? []
  return line.action_id.endsWith('-0') ? (mode as AutopilotMode | undefined) : undefined
}
