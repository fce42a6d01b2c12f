import type { Model } from '@hotcb/llm'
import { type Json, messageOf } from '@hotcb/protocol'
import type { AiAction } from '../../ai/actions.ts'
import { AI_RULE_ID } from '../../ai/ai-rule.ts'
import { createPrompt, type Prompt } from '../../ai/prompt.ts'
import { MOST_FAILURES, trustIn, waitAfter, whyNow } from '../../ai/schedule.ts'
import { createTrends } from '../../ai/trends.ts'
import type { AutopilotEvent } from '../../types.ts'
import { type Asked, askModel, NOT_SPENT } from './ask-model.ts'
import { budgetLeft } from './budget-text.ts'
import { carryOutAction } from './carry-out-action.ts'
import type { AiDriverOptions, AiMoment, DriverState, Question } from './driver-state.ts'
import { logAi } from './log-ai.ts'
import { readMemoryOf, writeMemory } from './memory-file.ts'
import { requestOf } from './request.ts'

/**
 * Queries a model about a run, outside the trainer's process. There is one query at a time, and nothing else waits for the answer.
 */
export interface AiDriver {
  take(step: number, metrics: Readonly<Record<string, unknown>>): void
  /** Reports that a condition became true, which triggers a query. */
  alert(because: string): void
  /** Whether no model can be queried now, in which case the autopilot uses only its rules. */
  readonly isAway: boolean
  /** Queries the model when a query is due, and carries out an answer that has arrived. Returns the engine's decisions about the answer. */
  look(at: AiMoment): readonly AutopilotEvent[]
  /** Resolves when no query is in progress. */
  settled(): Promise<void>
  close(): void
}

const MOST_ALERTS = 8

export function openAiDriver(options: AiDriverOptions): AiDriver {
  const state: DriverState = {
    options,
    trends: createTrends(),
    stop: new AbortController(),
    memory: readMemoryOf(options.run),
    alerts: [],
    question: null,
    running: Promise.resolve(),
    count: 0,
    lastStep: null,
    lastMs: Number.NEGATIVE_INFINITY,
    failures: 0,
    notBeforeMs: 0,
    fallback: options.setup.problem,
    told: new Set(),
  }
  if (state.fallback !== null) sayOnce(state, state.fallback)
  return {
    take: (step, metrics) => state.trends.take(step, metrics),
    alert(because) {
      state.alerts = [...state.alerts, because].slice(-MOST_ALERTS)
    },
    get isAway() {
      return state.fallback !== null
    },
    look(at) {
      const { question } = state
      const events =
        question === null || question.asked === null ? NO_EVENTS : deliver(state, at, question, question.asked)
      if (state.question === null) ask(state, at)
      return events
    },
    settled: () => state.running,
    close: () => state.stop.abort(),
  }
}

const NO_EVENTS: readonly AutopilotEvent[] = []

/** Reports once that the autopilot uses only its rules, with the reason. */
function sayOnce({ told, options }: DriverState, why: string): void {
  if (told.has(why)) return
  told.add(why)
  const text = `the autopilot uses only its rules, without a model: ${why}`
  options.note(text)
  logAi(
    options.hold,
    { kind: 'alert', id: `a${options.hold.n}-ai`, step: null, reason: text, data: null },
    options.nowMs(),
  )
}

function fallBack(state: DriverState, why: string): void {
  state.fallback = why
  sayOnce(state, why)
}

/** Starts a query if one is due. */
function ask(state: DriverState, at: AiMoment): void {
  const { options, memory, alerts, lastStep, lastMs } = state
  const { setup, config } = options
  const { seen, engine, facts } = at
  const nowMs = options.nowMs()
  const isIdle = facts.isOver || seen.isFrozen || seen.isPaused || engine.hasOpen(AI_RULE_ID)
  if (setup.model === null || nowMs < state.notBeforeMs || isIdle) return
  const { nextCheckStep: nextCheck } = memory
  const clock = { step: seen.step, nowMs, lastStep, lastMs, nextCheck, alerts: alerts.length, cadence: config.cadence }
  const why = whyNow(clock)
  if (why === null) return
  state.lastStep = seen.step
  state.lastMs = nowMs
  if (trustIn(at.actions(), seen.step, config.cadence) === 'rules') {
    state.notBeforeMs = Number.POSITIVE_INFINITY
    fallBack(state, "four of the model's changes made this run worse")
  } else send(state, at, { model: setup.model, why })
}

function send(state: DriverState, at: AiMoment, { model, why }: { readonly model: Model; readonly why: string }): void {
  const { hold, setup, config, nowMs } = state.options
  const { step } = at.seen
  const prompt = promptNow(state, at)
  state.alerts = []
  state.memory = { ...state.memory, rawAsked: [], nextCheckStep: null }
  state.count++
  const id = `a${hold.n}-c${state.count}`
  const data = { model: model.name, host: model.host }
  // A query that cannot be recorded is not sent.
  if (!logAi(hold, { kind: 'call', id, step, reason: why, data }, nowMs())) return
  const question: Question = { id, step, prompt, asked: null }
  state.question = question
  const request = { ...requestOf(prompt, config.maxTokens), signal: state.stop.signal }
  state.running = askModel({ ...setup, model, caps: config.caps }, request)
    .catch((error: unknown): Asked => ({ kind: 'unusable', why: messageOf(error), spent: NOT_SPENT }))
    .then((asked) => {
      question.asked = asked
    })
}

function promptNow({ options, trends, alerts, memory }: DriverState, at: AiMoment): Prompt {
  const { config, setup, beliefs } = options
  const { seen, facts, engine, limits, mode } = at
  return createPrompt(
    {
      ...{ mode, limits, trends, alerts, memory, share: config.share },
      step: seen.step,
      total: seen.total,
      stepSeconds: facts.stepSeconds,
      keyMetric: engine.keyMetric,
      controls: seen.controls(),
      callbacks: facts.callbacks,
      actions: at.actions(),
      beliefs: beliefs(),
      canLoad: seen.canLoad !== false,
      budget: budgetLeft(config.caps, setup.spending.totals()),
    },
    config.contextTokens,
  )
}

/** Processes a result: judges the requested actions, and records the outcome. */
function deliver(state: DriverState, at: AiMoment, question: Question, asked: Asked): readonly AutopilotEvent[] {
  state.question = null
  const { options } = state
  const { setup, config } = options
  const spent = { calls: asked.spent.calls, nano_usd: asked.spent.nano, tokens: asked.spent.tokens }
  const log = (reason: string, more: Readonly<Record<string, Json>>): void => {
    const line = { kind: 'reply' as const, id: question.id, step: at.seen.step, reason, data: { spent, ...more } }
    logAi(options.hold, line, options.nowMs())
  }
  if (asked.kind !== 'reply') {
    const why = setup.scrub(asked.kind === 'failure' ? asked.failure.message : asked.why)
    log(why, { failed: asked.kind === 'failure' ? asked.failure.code : asked.kind })
    failed(state, asked, why)
    return NO_EVENTS
  }
  answered(state)
  const { reply } = asked
  const { nextCheck, diagnosis } = reply
  state.memory = { ...state.memory, nextCheckStep: nextCheck === null ? null : question.step + nextCheck }
  const reasoning = setup.scrub(reply.reasoning)
  const events: AutopilotEvent[] = []
  const actions = reply.actions.map((action) => {
    const { events: more, result, id } = carryOutAction({ state, at, question, reasoning }, action)
    events.push(...more)
    return { action: action.action, name: nameOf(question.prompt, action), value: action.value, result, id }
  })
  remember(state, at)
  log(reasoning, { diagnosis, actions, next_check: nextCheck, model: config.model })
  return events
}

/** Returns the name that belongs to an action's id. Ids are meaningful only within their prompt. */
function nameOf({ ids }: Prompt, { target }: AiAction): string | null {
  if (target === null) return null
  const group = ids.groups.get(target)
  const control = ids.controls.get(target)?.param_key
  return (
    control ?? ids.metrics.get(target) ?? ids.callbacks.get(target) ?? (group && `lr, group ${group.place}`) ?? target
  )
}

function remember({ options, memory }: DriverState, { engine }: AiMoment): void {
  try {
    const keyMode = engine.keyMetric?.direction ?? 'auto'
    writeMemory(options.run, memory, { maxRuns: options.config.maxRuns, keyMode })
  } catch (error) {
    options.note(`the model's memory cannot be written: ${messageOf(error)}`)
  }
}

function answered(state: DriverState): void {
  state.failures = 0
  if (state.fallback === null) return
  state.fallback = null
  state.told.clear()
  state.options.note('the model is answering again, and the autopilot uses it again')
}

// Another attempt with the same key, address and account would fail again.
const FINAL: ReadonlySet<string> = new Set(['unauthorized', 'not_found', 'no_credit', 'redirect'])
const BUDGET_MS = 600_000

function failed(state: DriverState, asked: Exclude<Asked, { kind: 'reply' }>, why: string): void {
  state.failures++
  const nowMs = state.options.nowMs()
  const retryAfterMs = asked.kind === 'failure' ? asked.failure.retryAfterMs : null
  const isAway = state.failures >= MOST_FAILURES
  state.notBeforeMs = nowMs + (isAway ? MOST_WAIT_MS : waitAfter(state.failures, retryAfterMs))
  if (asked.kind === 'no-budget') {
    // Only the daily limit is renewed.
    state.notBeforeMs = asked.cap === 'nanoPerDay' ? nowMs + BUDGET_MS : Number.POSITIVE_INFINITY
  } else if (asked.kind === 'failure' && FINAL.has(asked.failure.code)) state.notBeforeMs = Number.POSITIVE_INFINITY
  else if (!isAway) return
  fallBack(state, why)
}

const MOST_WAIT_MS = 600_000
