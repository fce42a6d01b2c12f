import { expect, test } from 'vitest'
import { shownTrial, type TickStateInput, tickMessage, tickState, totalsOf } from '../src/prompt/tick-state.ts'
import type { TrialView } from '../src/types.ts'
import { outlookOf, trialOf } from './trials.ts'

function stateOf(trials: readonly TrialView[], more: Partial<TickStateInput> = {}): Readonly<Record<string, unknown>> {
  return tickState({
    ...{ outlook: outlookOf(trials), trigger: 'scheduled', tick: 4, plan: 'a plan', inbox: [], chat: [] },
    ...{ delta: { failed: [], completed: [], pruned: [], started: [] }, userPrompt: null, proposals: [] },
    ...{ triage: [], spend: '0 USD', silent: 0, halving: null },
    ...more,
  })
}

const indicesIn = (state: Readonly<Record<string, unknown>>): unknown => {
  const { trials } = JSON.parse(JSON.stringify(state))
  return trials.map(({ index }: { index: number }) => index)
}

test.each([
  [[], 'greenfield'],
  [[trialOf(0)], 'greenfield'],
  [[trialOf(0, { state: 'waiting' })], 'hot-reload'],
  [[trialOf(0, { state: 'running', attempt: 1 }), trialOf(1, { state: 'completed', attempt: 1 })], 'hot-reload'],
  [
    (['completed', 'failed', 'cancelled', 'pruned'] as const).map((state, i) => trialOf(i, { state, attempt: 1 })),
    'postmortem',
  ],
])('without a plan, the state of the sweep contains instructions for the beginning', (trials, boot) => {
  expect(stateOf(trials, { plan: '' })).toMatchObject({ boot, plan: null })
  expect(stateOf(trials)).toMatchObject({ boot: null, plan: 'a plan' })
})

test('trials are shown by urgency, then by index, and the others are counted', () => {
  const states = ['completed', 'waiting', 'pruned', 'running', 'failed', 'paused', 'failed'] as const
  expect(indicesIn(stateOf(states.map((state, i) => trialOf(i, { state }))))).toEqual([4, 6, 3, 5, 1, 0, 2])
  const many = stateOf(Array.from({ length: 43 }, (_, i) => trialOf(i)))
  expect(many).toMatchObject({ trials_not_shown: 3, totals: { total: 43, ready: 43 } })
  expect(many['trials']).toHaveLength(40)
  expect(stateOf([trialOf(0)])['trials_not_shown']).toBe(0)
})

test('a trial is shown with its known numbers, rounded, and its own text is truncated and marked as untrusted', () => {
  expect(shownTrial(trialOf(2, { params: { lr: 1 } }))).toEqual({
    ...{ index: 2, experiment_name: 't2', state: 'ready', attempt: 0, params: { lr: 1 } },
  })
  const full = trialOf(2, {
    ...{ reason: 'oom', step: 0, stepsPerMinute: 12.345, elapsedSeconds: 61.6, mem: '8G', time: '1:00' },
    ...{ nanMetric: 'n'.repeat(70), untrustedLastLog: 'l'.repeat(170) },
  })
  expect(shownTrial(full)).toMatchObject({
    ...{ reason: 'oom', step: 0, steps_per_min: 12.3, elapsed_seconds: 62, mem: '8G', time: '1:00' },
    ...{ untrusted_nan_metric: 'n'.repeat(64), untrusted_last_log: 'l'.repeat(160) },
  })
})

test('at most ten new failures are shown with the end of their error output', () => {
  const trials = Array.from({ length: 12 }, (_, i) =>
    trialOf(i, {
      state: 'failed',
      code: i,
      reason: 'exit',
      untrustedErrorTail: i === 0 ? null : `${'x'.repeat(1300)}end`,
    }),
  )
  const delta = {
    failed: [0, 1, 99, ...Array.from({ length: 10 }, (_, at) => at + 2)],
    completed: [5],
    pruned: [6],
    started: [],
  }
  const state = stateOf(trials, { delta })
  expect(state).toMatchObject({ newly_completed: [5], newly_pruned: [6] })
  const { newly_failed: failed } = JSON.parse(JSON.stringify(state))
  expect(failed).toHaveLength(10)
  expect(failed[0]).toEqual({ index: 0, experiment_name: 't0', reason: 'exit', code: 0, untrusted_stderr_tail: null })
  expect(failed[1].untrusted_stderr_tail).toMatch(/^x{1197}end$/)
})

test("all messages except the operators' are marked as untrusted", () => {
  const message = { timestamp: 't', source: 'slack', author: 'ann', text: 'y'.repeat(2100) }
  const { inbox } = JSON.parse(
    JSON.stringify(
      stateOf([], {
        inbox: [
          { ...message, isOperator: true },
          { ...message, isOperator: false },
        ],
      }),
    ),
  )
  const shared = { timestamp: 't', source: 'slack', untrusted_author: 'ann' }
  expect(inbox).toEqual([
    { ...shared, operator: true, text: 'y'.repeat(2000) },
    { ...shared, operator: false, untrusted_text: 'y'.repeat(2000) },
  ])
  const chat = [{ timestamp: 't', role: 'agent', author: 'a', via: 'slack', text: 'z'.repeat(500) }] as const
  expect(stateOf([], { chat })['chat_history']).toEqual([
    { timestamp: 't', role: 'agent', via: 'slack', untrusted_text: 'z'.repeat(400) },
  ])
})

test("the user's instructions are included only while they are new", () => {
  const prompt = { sha256: 'abc', text: 'w'.repeat(9000) }
  const shown = (status: 'new' | 'changed' | 'unchanged') =>
    stateOf([], { userPrompt: { ...prompt, status } })['user_prompt']
  for (const status of ['new', 'changed'] as const)
    expect(shown(status)).toEqual({ status, sha256: 'abc', untrusted_text: 'w'.repeat(8000) })
  expect(shown('unchanged')).toEqual({ status: 'unchanged', sha256: 'abc', untrusted_text: null })
  expect(stateOf([])['user_prompt']).toBeNull()
})

test("a tick's message is the state as JSON, preceded by a warning", () => {
  const [warning = '', json = '', ...more] = tickMessage({ a: 1 }).split('\n')
  expect(warning).toContain('untrusted')
  expect([JSON.parse(json), more]).toEqual([{ a: 1 }, []])
  expect(totalsOf([])).toEqual({ total: 0 })
  const acts = [
    {
      id: '1.1',
      act: { tool: 'a', args: {}, expect: [], class: 'cheap', reason: '' },
      text: 'do it?',
      state: 'open',
      by: null,
    },
  ] as const
  expect(stateOf([], { proposals: acts, triage: ['x'], silent: 2, halving: { eta: 3 } })).toMatchObject({
    ...{ proposals: [{ id: '1.1', text: 'do it?' }], triage: ['x'], ticks_without_an_answer: 2, sh: { eta: 3 } },
    ...{
      sweep_name: 's',
      workspace: '/w',
      trigger: 'scheduled',
      tick: 4,
      executor: 'local',
      driver: null,
      spend: '0 USD',
    },
  })
})
