import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { AiAction } from '../../src/ai/actions.ts'
import { NO_MEMORY } from '../../src/ai/memory.ts'
import { createTrends } from '../../src/ai/trends.ts'
import { type AiConfig, DEFAULT_AI, DEFAULT_LIMITS, type Limits, type Mode } from '../../src/index.ts'
import { type Answering, carryOutAction } from '../../src/node/ai/carry-out-action.ts'
import type { DriverState } from '../../src/node/ai/driver-state.ts'
import { openAi } from '../../src/node.ts'
import type { ActionRecord, EngineInput, RuleEngine } from '../../src/types.ts'
import { control, engineOf } from '../support.ts'
import { type SteeredRun, steeredRun, temporaryDirectory } from './steered-run.ts'

const ASKED = [control('lr', 0.1), control('wd', 0.01)]

interface Given {
  readonly steered?: SteeredRun
  readonly caps?: Partial<AiConfig['caps']>
  readonly controls?: readonly ControlDescription[]
  readonly step?: number
  readonly actions?: readonly Partial<ActionRecord>[]
  readonly mode?: Mode
  readonly limits?: Limits
  readonly memory?: Partial<typeof NO_MEMORY>
  readonly engine?: RuleEngine
  readonly isFrozen?: boolean
}

/** An answer to a query at step 50, with real spending and a real engine. */
function answering(given: Given = {}): Answering {
  const steered = given.steered ?? steeredRun()
  const config = { ...DEFAULT_AI, caps: { ...DEFAULT_AI.caps, ...given.caps }, baseUrl: 'http://127.0.0.1:1/v1' }
  const trends = createTrends()
  trends.take(50, { loss: 0.5, accuracy: 0.75 })
  const { step = 60, controls = ASKED, limits = DEFAULT_LIMITS } = given
  const seen: EngineInput = {
    ...{ step, epoch: null, metrics: {}, controls: () => controls, lines: [], total: null },
    ...{ isFrozen: given.isFrozen ?? false, isPaused: false },
  }
  const ids = {
    metrics: new Map([
      ['m1', 'loss'],
      ['m2', 'accuracy'],
    ]),
    controls: new Map(ASKED.map((one, i) => [`c${i + 1}`, one])),
    ...{ groups: new Map(), callbacks: new Map([['k1', 'early']]) },
  }
  const setup = openAi(steered.dir, config, { XDG_STATE_HOME: temporaryDirectory() })
  return {
    // Only these fields of a state and a moment matter here.
    state: {
      options: { run: steered.run, config, setup },
      trends,
      memory: { ...NO_MEMORY, ...given.memory },
    } as DriverState,
    at: {
      engine: given.engine ?? engineOf('{version: 2, rules: []}', { mode: given.mode ?? 'auto', limits }),
      ...{ seen, limits, actions: () => (given.actions ?? []) as readonly ActionRecord[] },
    } as Answering['at'],
    question: { id: 'a1-c1', step: 50, prompt: { system: '', user: '', ids }, asked: null },
    reasoning: 'the loss\nis stuck',
  }
}

const NOOP: AiAction = { action: 'noop', target: null, value: null, text: null, learnings: [] }

/** The result of an action, and the kinds of its events. */
function did(action: Partial<AiAction>, given: Given = {}): unknown {
  const { events, result, id } = carryOutAction(answering(given), { ...NOOP, ...action })
  return [result, id, events.map(({ kind }) => kind).join()]
}

const HALVE: Partial<AiAction> = { action: 'set_lr', value: 0.05 }
const nothing = (result: string): unknown => [result, null, '']

test('an action without a request, or with an id that is not in the prompt, does nothing', () => {
  expect(did({})).toEqual(nothing('nothing to do'))
  expect(did({ action: 'set_lr' })).toEqual(nothing('refused: set_lr needs a value'))
  expect(did({ action: 'set_key_metric', target: 'm9' })).toEqual(
    nothing('refused: set_key_metric: `m9` is not a metric of this prompt'),
  )
})

test('a change within the limits is made, with its reason on one line and the query as evidence', () => {
  const [event] = carryOutAction(answering(), { ...NOOP, ...HALVE }).events
  expect(event).toMatchObject({
    ...{ kind: 'act', id: 'a1-1', step: 60, rule: 'ai', because: 'the loss is stuck' },
    evidence: { question: 'a1-c1', lr: { from: 0.1, to: 0.05 } },
    command: { source: 'ai', note: 'ai: the loss is stuck', params: { lr: 0.05 }, expect: { lr: 0.1 } },
  })
  expect(did(HALVE)).toEqual(['done as a1-1', 'a1-1', 'act'])
  expect(did(HALVE, { mode: 'suggest' })).toEqual(['proposed as a1-1', 'a1-1', 'propose'])
  expect(did(HALVE, { isFrozen: true })).toEqual([
    ...['refused: the loss is stuck; nothing is done: the run is frozen', 'a1-1', 'alert'],
  ])
})

test("a change that no longer matches the run's state is refused", () => {
  expect(did(HALVE, { step: 49 })).toEqual(nothing('refused: the run was rewound after the question'))
  expect(did(HALVE, { step: 50 })).toEqual(['done as a1-1', 'a1-1', 'act'])
  expect(did(HALVE, { controls: [control('lr', 0.2)] })).toEqual(nothing('refused: lr has changed since the question'))
  expect(did(HALVE, { controls: [] })).toEqual(nothing('refused: lr has changed since the question'))
  expect(did(HALVE, { controls: [control('lr', 0.1), control('wd', 5)] })).toEqual(['done as a1-1', 'a1-1', 'act'])
  const past = {
    id: 'a1-0',
    step: 55,
    state: 'applied',
    outcome: 'worse',
    rule: 'r',
    command: { params: { lr: 0.05 } },
  }
  expect(did(HALVE, { actions: [past as never] })).toEqual(
    nothing('refused: lr 0.05 was tried at step 55 (a1-0), and the effect was worse'),
  )
})

test("after two harmful changes out of three, a model's changes need approval", () => {
  const harm = { rule: 'ai', outcome: 'worse', step: 58, command: null } as const
  expect(did(HALVE, { actions: [harm] })).toEqual(['done as a1-1', 'a1-1', 'act'])
  const [event] = carryOutAction(answering({ actions: [harm, harm] }), { ...NOOP, ...HALVE }).events
  expect(event).toMatchObject({
    kind: 'propose',
    because: 'the loss is stuck; needs approval because two of its last three changes made things worse',
  })
})

test('an action must fit the budget of actions, whatever the budget of calls', () => {
  const used = 'refused: the actions for this run are used up (`ai.budget.actions`)'
  expect(did(HALVE, { caps: { actions: 0 } })).toEqual(nothing(used))
  expect(did({ action: 'finalize_recipe' }, { caps: { actions: 0 } })).toEqual(nothing(used))
  expect(did({ action: 'add_watch_metric', target: 'm1' }, { caps: { actions: 0 } })).toEqual(
    nothing('done; it changes only what the model sees'),
  )
  const spent = { nano: 0, nanoPerDay: 0, tokens: 0, calls: 0, minutes: 0, actions: 1 } as never
  const one = answering({ caps: spent })
  expect(carryOutAction(one, { ...NOOP, ...HALVE }).result).toBe('done as a1-1')
  expect(carryOutAction(one, { ...NOOP, action: 'set_wd', value: 0.1 }).result).toMatch(/^refused: /)
})

test('the metrics that a model requests to see are kept in its memory, up to a limit', () => {
  const view = (action: AiAction['action'], target: string, memory: Partial<typeof NO_MEMORY> = {}): unknown => {
    const given = answering({ memory })
    expect(carryOutAction(given, { ...NOOP, action, target })).toEqual({
      ...{ events: [], id: null, result: 'done; it changes only what the model sees' },
    })
    return given.state.memory
  }
  expect(view('set_key_metric', 'm2')).toEqual({ ...NO_MEMORY, keyMetric: 'accuracy' })
  expect(view('add_watch_metric', 'm1', { watch: ['loss', 'b'] })).toEqual({ ...NO_MEMORY, watch: ['b', 'loss'] })
  expect(view('remove_watch_metric', 'm1', { watch: ['loss', 'b'] })).toEqual({ ...NO_MEMORY, watch: ['b'] })
  expect(view('request_raw_metrics', 'm1', { rawAsked: ['b'] })).toEqual({ ...NO_MEMORY, rawAsked: ['b', 'loss'] })
  const many = Array.from({ length: 20 }, (_, i) => `x${i}`)
  expect(view('add_watch_metric', 'm1', { watch: many })).toEqual({ ...NO_MEMORY, watch: [...many.slice(1), 'loss'] })
  expect(view('request_raw_metrics', 'm1', { rawAsked: many.slice(0, 5) })).toEqual({
    ...{ ...NO_MEMORY, rawAsked: ['x1', 'x2', 'x3', 'x4', 'loss'] },
  })
})

test("a run's recipe contains its changes, and a run without changes has no recipe", () => {
  const steered = steeredRun()
  const file = join(steered.dir, 'hotcb.recipe.a1-c1.jsonl')
  expect(did({ action: 'finalize_recipe' }, { steered })).toEqual(nothing('refused: this run has no changes'))
  expect(existsSync(file)).toBe(false)
  steered.run.send([{ module: 'opt', op: 'set_params', params: { lr: 0.03 } }], { source: 'cli' })
  steered.step()
  expect(did({ action: 'finalize_recipe' }, { steered })).toEqual(nothing('written to hotcb.recipe.a1-c1.jsonl'))
  const entries = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(entries.map((entry) => JSON.parse(entry).params)).toEqual([{ lr: 0.03 }])
})

const RERUN: Partial<AiAction> = { action: 'declare_rerun', text: 'dead', learnings: ['a', 'b'] }

test('a stop of an abandoned run is requested, and its lessons are kept', () => {
  const given = answering({ memory: { carried: 'old', keyMetric: 'accuracy' } })
  const { result, events } = carryOutAction(given, { ...NOOP, ...RERUN })
  expect([result, events[0]]).toMatchObject([
    'proposed as a1-1',
    { kind: 'propose', command: { module: 'core', op: 'stop' } },
  ])
  const run = basename(given.state.options.run.dir)
  const entry = { run, finalKeyMetric: 0.75, verdict: 'dead', learnings: ['a', 'b'] }
  expect(given.state.memory).toEqual({ ...NO_MEMORY, keyMetric: 'accuracy', history: [entry], carried: 'a b' })
})

test("the final value is the key metric's, if it has one", () => {
  const value = (memory: Partial<typeof NO_MEMORY>, more: Given = {}): unknown => {
    const given = answering({ memory, ...more })
    carryOutAction(given, { ...NOOP, ...RERUN })
    return given.state.memory.history.at(-1)?.finalKeyMetric
  }
  expect([value({ keyMetric: 'loss' }), value({ keyMetric: 'none' }), value({})]).toEqual([0.5, null, null])
  const engine = engineOf('{version: 2, rules: []}', { keyMetric: { name: 'loss', direction: 'min' } })
  expect(value({}, { engine })).toBe(0.5)
})

test('the last twenty runs are kept, and a thousand characters of their lessons', () => {
  const before = (i: number): (typeof NO_MEMORY)['history'][number] => ({
    ...{ run: `r${i}`, finalKeyMetric: null, verdict: null, learnings: [] },
  })
  const given = answering({ memory: { history: Array.from({ length: 20 }, (_, i) => before(i)) } })
  carryOutAction(given, { ...NOOP, ...RERUN, learnings: ['x'.repeat(600), 'y'.repeat(600)] })
  const { history, carried } = given.state.memory
  expect([history.length, history[0]?.run, carried]).toEqual([20, 'r1', `${'x'.repeat(600)} ${'y'.repeat(399)}`])
})

test('a run is not abandoned if it is the last in its series, or if another run is not allowed', () => {
  const words = (rerun: 'auto' | 'ask' | 'never', stop: 'auto' | 'never' = 'auto'): Limits => ({
    ...DEFAULT_LIMITS,
    words: { ...DEFAULT_LIMITS.words, rerun, stop },
  })
  expect(did(RERUN, { memory: { runNumber: 3 } })).toEqual(nothing('refused: this is run 3 of 3 (`ai.max_runs`)'))
  expect(did(RERUN, { memory: { runNumber: 2 }, limits: words('auto') })).toEqual(['done as a1-1', 'a1-1', 'act'])
  expect(did(RERUN, { limits: words('never') })).toEqual(nothing('refused: `rerun` is not allowed'))
  const refused = answering({ limits: words('auto', 'never') })
  const { result } = carryOutAction(refused, { ...NOOP, ...RERUN })
  expect([result, refused.state.memory]).toEqual([
    'refused: the loss is stuck; nothing is done: `stop` is not allowed',
    NO_MEMORY,
  ])
})
