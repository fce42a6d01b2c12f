import { basename } from 'node:path'
import { sameJson } from '@hotcb/protocol'
import type { AiAction } from '../../ai/actions.ts'
import { type Intent, intentOf } from '../../ai/intent.ts'
import { shortened } from '../../ai/quoted.ts'
import { trustIn } from '../../ai/schedule.ts'
import { triedBefore } from '../../ai/tried-before.ts'
import { wordJudgement } from '../../limits.ts'
import type { AutopilotEvent, RuleAction } from '../../types.ts'
import { capText } from './budget-text.ts'
import type { AiMoment, DriverState, Question } from './driver-state.ts'
import { finalizeRecipe } from './finalize.ts'

/** The result of one action in an answer. */
export interface Did {
  readonly events: readonly AutopilotEvent[]
  /** The result, or the reason why the action had no effect, as text. */
  readonly result: string
  /** The resulting action in the log. */
  readonly id: string | null
}

const NO_EVENTS: readonly AutopilotEvent[] = []

function did(result: string): Did {
  return { events: NO_EVENTS, result, id: null }
}

/** An answer that is being carried out. */
export interface Answering {
  readonly state: DriverState
  readonly at: AiMoment
  readonly question: Question
  /** The model's reasoning, without the key. */
  readonly reasoning: string
}

/** Carries out one action in an answer if the bounds, the limits and the budget allow it. */
export function carryOutAction(answering: Answering, action: AiAction): Did {
  const { state, question } = answering
  const intent = intentOf(action, question.prompt.ids)
  if (!intent.ok) return did(`refused: ${intent.reason}`)
  const { value } = intent
  switch (value.kind) {
    case 'nothing':
      return did('nothing to do')
    case 'view':
      return did(changeView(state, value))
    case 'recipe': {
      const room = takeAction(state)
      if (room !== null) return did(`refused: ${room}`)
      const written = finalizeRecipe(state.options.run, question.id)
      return did(written.ok ? `written to ${written.value}` : `refused: ${written.reason}`)
    }
    case 'rerun':
      return rerun(answering, value)
    case 'change':
      return change(answering, value)
  }
}

const MOST_RAW = 5
const MOST_WATCHED = 20

function changeView(state: DriverState, { what, metric }: Extract<Intent, { kind: 'view' }>): string {
  const { memory } = state
  const others = memory.watch.filter((one) => one !== metric)
  if (what === 'key') state.memory = { ...memory, keyMetric: metric }
  else if (what === 'raw') state.memory = { ...memory, rawAsked: [...memory.rawAsked, metric].slice(-MOST_RAW) }
  else state.memory = { ...memory, watch: what === 'watch' ? [...others, metric].slice(-MOST_WATCHED) : others }
  return 'done; it changes only what the model sees'
}

function change(answering: Answering, { action, keys }: Extract<Intent, { kind: 'change' }>): Did {
  const { state, at, question } = answering
  const { seen } = at
  if (seen.step < question.step) return did('refused: the run was rewound after the question')
  const old = keys.find((key) => hasChanged(question, at, key))
  if (old !== undefined) return did(`refused: ${old} has changed since the question`)
  const actions = at.actions()
  const tried = triedBefore(action, seen.controls(), actions, seen.step)
  if (tried !== null) return did(`refused: ${tried}`)
  const isDoubted = trustIn(actions, seen.step, state.options.config.cadence) !== 'act'
  return request(answering, action, isDoubted ? 'two of its last three changes made things worse' : '')
}

function hasChanged({ prompt }: Question, { seen }: AiMoment, key: string): boolean {
  const before = [...prompt.ids.controls.values()].find(({ param_key }) => param_key === key)
  const now = seen.controls().find(({ param_key }) => param_key === key)
  return !sameJson(before?.current ?? null, now?.current ?? null)
}

const MOST_REASON = 300

function request({ state, at, question, reasoning }: Answering, action: RuleAction, askBecause: string): Did {
  const room = takeAction(state)
  if (room !== null) return did(`refused: ${room}`)
  const wanted = { action, because: shortened(reasoning, MOST_REASON), evidence: { question: question.id }, askBecause }
  const events = [...at.engine.request(at.seen, wanted)]
  const [event] = events
  if (event === undefined) return did('nothing was done')
  if (event.kind === 'act') return { events, result: `done as ${event.id}`, id: event.id }
  if (event.kind === 'propose') return { events, result: `proposed as ${event.id}`, id: event.id }
  return { events, result: `refused: ${'because' in event ? event.because : event.kind}`, id: event.id }
}

/**
 * Reserves an action in the budget; returns why the budget does not allow it, or null if it does. An action counts whether it is applied or
 * only proposed.
 */
function takeAction({ options }: DriverState): string | null {
  const { setup, config } = options
  const none = { nano: null, nanoPerDay: null, tokens: null, calls: null, minutes: null }
  const room = setup.spending.reserve({ nano: 0, tokens: 0, calls: 0, actions: 1 }, { ...config.caps, ...none })
  if (room.kind === 'reserved') return null
  return room.kind === 'refused' ? capText(room.cap) : room.message
}

const MOST_RUNS_KEPT = 20
const MOST_CARRIED = 1000

/** Abandons the run at the model's request: its lessons are kept for the next run, and the run is asked to stop. */
function rerun(answering: Answering, { verdict, learnings }: Extract<Intent, { kind: 'rerun' }>): Did {
  const { state, at } = answering
  const { config, run } = state.options
  const { memory } = state
  if (memory.runNumber >= config.maxRuns) {
    return did(`refused: this is run ${memory.runNumber} of ${config.maxRuns} (\`ai.max_runs\`)`)
  }
  const { permission, because } = wordJudgement(at.limits, 'rerun')
  if (permission === 'never') return did(`refused: ${because}`)
  const result = request(answering, { kind: 'do', what: 'stop' }, because)
  if (!result.events.some(({ kind }) => kind === 'act' || kind === 'propose')) return result
  const entry = { run: basename(run.dir), finalKeyMetric: lastKeyValue(answering), verdict, learnings }
  state.memory = {
    ...memory,
    history: [...memory.history, entry].slice(-MOST_RUNS_KEPT),
    carried: learnings.join(' ').slice(0, MOST_CARRIED),
  }
  return result
}

function lastKeyValue({ state, at }: Answering): number | null {
  const key = state.memory.keyMetric ?? at.engine.keyMetric?.name
  const window = key === undefined ? undefined : state.trends.window(key)
  return window === undefined || window.length === 0 ? null : window.sign * window.value()
}
