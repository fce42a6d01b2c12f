import {
  type Caps,
  type Completion,
  type CompletionRequest,
  chargedTokens,
  costOf,
  type Failure,
  type Model,
  mostTokens,
  type Price,
  usdOf,
} from '@hotcb/llm'
import type { Spending } from '@hotcb/llm/node'
import { type JsonObject, messageOf, type Result, refused } from '@hotcb/protocol'
import type { AiConfig } from '../ai/ai-config.ts'
import { buildPrompt, type Prompt, type RunView } from '../ai/context.ts'
import { type JudgedReply, judgeReply } from '../ai/judge-reply.ts'
import { type Reply, readReply } from '../ai/reply.ts'
import { createSchedule, type Schedule } from '../ai/schedule.ts'
import { createSeriesStore, type SeriesStore } from '../ai/series.ts'
import type { Wish } from '../ai/wish.ts'
import type { ActionStory, KeyMetric } from '../types.ts'
import type { Facts } from './facts.ts'

/** Where a question and its answer are written down. False: it could not be written, and nothing is sent. */
export type WriteAiLine = (kind: 'call' | 'reply', id: string, step: number, data: JsonObject) => boolean

export interface AiDriverOptions {
  readonly config: AiConfig
  /** Null: no model can be asked, and rules decide. */
  readonly model: Model | null
  readonly price: Price
  readonly spending: Spending
  readonly write: WriteAiLine
  /** Makes ids that differ from those of every other start. */
  readonly n: number
  /** One line for people, each once. */
  readonly note: (text: string) => void
}

/** What the driver is shown at a look. */
export interface AiMoment {
  readonly step: number
  readonly nowMs: number
  readonly facts: Facts
  readonly keyMetric: KeyMetric | null
  /** Whether an action waits for an answer. */
  readonly hasOpen: boolean
  /** Read only when the model is asked or has answered. */
  actions(): readonly ActionStory[]
}

/** Asks a model about a run, beside the trainer. Nothing of it is ever waited for. */
export interface AiDriver {
  take(step: number, metrics: Readonly<Record<string, unknown>>): void
  alert(because: string): void
  /** No model can be asked now: rules decide. */
  readonly isAway: boolean
  /** Asks when it is time, and gives what an answer that has come wants. */
  look(moment: AiMoment): Wish | null
  close(): void
}

interface Answered {
  readonly id: string
  readonly prompt: Prompt
  readonly reply: Reply
  readonly facts: JsonObject
}

/** What changes while a model is asked. */
interface Driving {
  readonly options: AiDriverOptions
  readonly series: SeriesStore
  readonly schedule: Schedule
  readonly told: Set<string>
  alerts: readonly string[]
  raw: readonly string[]
  inFlight: AbortController | null
  answered: Answered | null
  /** Why no model is asked any more. */
  spent: string | null
  count: number
  lastStep: number
  lastMs: number
}

export function createAiDriver(options: AiDriverOptions): AiDriver {
  const schedule = createSchedule(options.config.cadence)
  const driving: Driving = {
    ...{ options, schedule, series: createSeriesStore(), told: new Set(), alerts: [], raw: [] },
    ...{ inFlight: null, answered: null, spent: null, count: 0, lastStep: 0, lastMs: 0 },
  }
  return {
    take: (step, metrics) => driving.series.take(step, metrics),
    alert(because) {
      driving.alerts = [...driving.alerts.slice(-19), because]
      schedule.alert()
    },
    get isAway() {
      return options.model === null || driving.spent !== null || schedule.isAway
    },
    look: (moment) => look(driving, moment),
    close: () => driving.inFlight?.abort(),
  }
}

function look(driving: Driving, moment: AiMoment): Wish | null {
  const { step, nowMs, facts } = moment
  const { answered, options, spent, inFlight, schedule } = driving
  const isBack = step < driving.lastStep
  driving.lastMs = nowMs
  driving.lastStep = step
  if (answered !== null) {
    driving.answered = null
    // After a rewind the model's measurements are out of date.
    return isBack ? null : settle(driving, answered, moment)
  }
  const isIdle = facts.isPaused || facts.isFrozen || facts.isOver || moment.hasOpen
  const canAsk = options.model !== null && spent === null && inFlight === null
  if (canAsk && !isIdle && schedule.isDue(step, nowMs)) start(driving, options.model, moment)
  return null
}

function start(driving: Driving, model: Model, { step, nowMs, facts, keyMetric, actions }: AiMoment): void {
  const { series, alerts, raw, schedule, options } = driving
  const { share } = options.config
  const view: RunView = { step, keyMetric, series, alerts, raw, share, ...viewOf(facts), actions: actions() }
  const prompt = buildPrompt(view)
  schedule.asked(step, nowMs)
  driving.alerts = []
  driving.raw = []
  const stop = new AbortController()
  driving.inFlight = stop
  ask(driving, model, { prompt, step, stop })
    .catch((error: unknown) => runOut(driving, messageOf(error)))
    .finally(() => {
      driving.inFlight = null
    })
}

interface Question {
  readonly prompt: Prompt
  readonly step: number
  readonly stop: AbortController
}

/** One question: an answer, one chance to mend it, and then no action. */
async function ask(driving: Driving, model: Model, { prompt, step, stop }: Question): Promise<void> {
  const { options, schedule } = driving
  const { config } = options
  driving.count++
  const id = `a${options.n}-c${driving.count}`
  let called = await call(options, model, { id, step, request: requestOf(prompt, config, [], stop.signal) })
  let reply = readCalled(called)
  if (!reply.ok && called.kind === 'answered' && called.answer.ok) {
    const request = requestOf(prompt, config, repair(called.answer.text, reply.reason), stop.signal)
    called = await call(options, model, { id: `${id}.2`, step, request })
    reply = readCalled(called)
  }
  if (called.kind === 'spent') {
    options.write('reply', id, step, { error: called.reason })
    runOut(driving, called.reason)
  } else if (reply.ok) {
    schedule.answered(step, reply.value.nextCheckSteps)
    driving.answered = { id, prompt, reply: reply.value, facts: called.facts }
  } else {
    options.write('reply', id, step, { ...called.facts, error: reply.reason })
    if (called.answer.ok) schedule.answered(step, config.cadence)
    else failed(driving, called.answer)
  }
}

function repair(text: string, reason: string): CompletionRequest['messages'] {
  return [
    { role: 'assistant', content: text.slice(0, 4000) },
    { role: 'user', content: `That answer is not valid: ${reason}. Answer again, with one JSON object.` },
  ]
}

function failed(driving: Driving, failure: Failure): void {
  const { code, message, retryAfterMs } = failure
  if (code === 'unauthorized' || code === 'no_credit' || code === 'not_found') {
    runOut(driving, message)
    return
  }
  driving.schedule.failed(driving.lastMs, retryAfterMs)
  if (driving.schedule.isAway) sayOnce(driving, 'the model does not answer, and rules decide', message)
}

function runOut(driving: Driving, reason: string): void {
  driving.spent = reason
  sayOnce(driving, 'no model is asked any more, and rules decide', reason)
}

function sayOnce({ told, options }: Driving, what: string, why: string): void {
  if (!told.has(what)) options.note(`${what}: ${why}`)
  told.add(what)
}

/** Judges an answer, and writes down what comes of it. */
function settle(driving: Driving, { id, prompt, reply, facts }: Answered, moment: AiMoment): Wish | null {
  const { options } = driving
  const { step, actions, hasOpen } = moment
  const judged = judgeReply(reply, prompt, { step, actions: actions() })
  driving.raw = judged.raw
  const barred = judged.wish === null ? null : hasOpen ? 'an action is open' : actionRoom(driving)
  const refusals = barred === null ? judged.refusals : [...judged.refusals, barred]
  const wish = barred === null ? judged.wish : null
  options.write('reply', id, step, replyData(reply, { ...judged, refusals }, wish !== null, facts))
  return wish === null ? null : { action: wish, because: reply.reasoning.slice(0, 300), evidence: { call: id } }
}

/** Reserves an action; why there is no room for it, or null. */
function actionRoom(driving: Driving): string | null {
  const { spending, config } = driving.options
  const room = spending.reserve({ nano: 0, tokens: 0, calls: 0, actions: 1 }, config.caps)
  if (room.kind === 'stands') return null
  const reason = room.kind === 'refused' ? budgetText(room.cap) : room.message
  runOut(driving, reason)
  return reason
}

function viewOf(facts: Facts): Pick<RunView, 'controls' | 'callbacks' | 'total'> {
  return { controls: facts.controls(), callbacks: facts.callbacks, total: facts.total }
}

export function requestOf(
  { system, user, schema }: Prompt,
  { maxTokens }: AiConfig,
  more: CompletionRequest['messages'] = [],
  signal?: AbortSignal,
): CompletionRequest {
  const messages = [{ role: 'user' as const, content: user }, ...more]
  return { system, messages, schema: { name: 'answer', schema }, maxTokens, signal }
}

type Called =
  | { readonly kind: 'answered'; readonly answer: Completion | Failure; readonly facts: JsonObject }
  | { readonly kind: 'spent'; readonly reason: string }

/** One request: what it may cost is reserved before it, and what it did cost settled after it. */
async function call(
  { config, price, spending, write }: AiDriverOptions,
  model: Model,
  { id, step, request }: { readonly id: string; readonly step: number; readonly request: CompletionRequest },
): Promise<Called> {
  const most = mostTokens(request)
  const nano = costOf(price, most.input, most.output)
  const reserved = spending.reserve({ nano, tokens: most.input + most.output, calls: 1, actions: 0 }, config.caps)
  if (reserved.kind !== 'stands') {
    return { kind: 'spent', reason: reserved.kind === 'refused' ? budgetText(reserved.cap) : reserved.message }
  }
  const told = write('call', id, step, { model: model.name, host: model.host, reserved_usd: usdOf(nano) })
  if (!told) {
    spending.settle(reserved.id, { nano: 0, tokens: 0 })
    return { kind: 'spent', reason: 'the log cannot be written' }
  }
  const answer = await model.complete(request)
  if (!answer.ok) {
    // What the endpoint may have charged for stays reserved.
    if (!answer.mayCost) spending.settle(reserved.id, { nano: 0, tokens: 0 })
    const usd = answer.mayCost ? usdOf(nano) : 0
    return { kind: 'answered', answer, facts: { model: model.name, usd, failure: answer.code } }
  }
  const { input, output } = chargedTokens(request, answer.usage, answer.text)
  const cost = costOf(price, input, output)
  spending.settle(reserved.id, { nano: cost, tokens: input + output })
  return { kind: 'answered', answer, facts: { model: model.name, usd: usdOf(cost), tokens: { input, output } } }
}

function readCalled(called: Called): Result<Reply> {
  if (called.kind === 'spent') return refused(called.reason)
  const { answer } = called
  if (!answer.ok) return refused(answer.message)
  if (answer.finish === 'length') return refused('it was cut at the most tokens')
  if (answer.finish === 'refused') return refused('the model refuses to answer')
  return readReply(answer.text)
}

function replyData(reply: Reply, judged: JudgedReply, hasActed: boolean, facts: JsonObject): JsonObject {
  const { diagnosis, reasoning, nextCheckSteps } = reply
  return {
    ...facts,
    diagnosis,
    reasoning,
    next_check_steps: nextCheckSteps,
    actions: reply.actions.length,
    acts: hasActed,
    refusals: judged.refusals,
  }
}

const CAP_TEXTS: Readonly<Record<keyof Caps, string>> = {
  nano: 'the money of this run is spent (`ai.budget.usd`)',
  nanoPerDay: 'the money of today is spent (`ai.budget.usd_per_day`)',
  tokens: 'the tokens of this run are used up (`ai.budget.tokens`)',
  calls: 'the calls of this run are used up (`ai.budget.calls`)',
  actions: 'the actions of this run are used up (`ai.budget.actions`)',
  minutes: 'the minutes of this run are over (`ai.budget.minutes`)',
}

function budgetText(cap: keyof Caps): string {
  return CAP_TEXTS[cap]
}
