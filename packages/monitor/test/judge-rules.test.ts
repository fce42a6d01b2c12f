import { expect, test } from 'vitest'
import { judgeRules, type MetricCourse, type RuleInput } from '../src/rules/judge-rules.ts'
import { readRules } from '../src/rules/read-rules.ts'
import { outlookOf, trialOf } from './trials.ts'

const PERMISSIONS = { read: 'auto', note: 'auto', control: 'auto', cheap: 'auto', costly: 'ask' } as const
const TRIAGE = { onFailure: 'remediate', maxMem: null, maxTime: null, maxRetries: 2, stallMinutes: 0 } as const
const CONFIG = { live: {}, triage: TRIAGE, permissions: PERMISSIONS }

const course = (...values: readonly (number | null)[]): MetricCourse =>
  values.map((value, at) => ({ step: at + 1, value }))

/** Three running trials, and six that have ended. */
const TRIALS = [
  ...[0, 1, 2].map((i) => trialOf(i, { state: 'running', attempt: 1, params: { x: i, name: `n${i}` } })),
  ...[3, 4, 5, 6, 7, 8].map((i) => trialOf(i, { state: 'completed', attempt: 1 })),
]

function judged(rules: string, loss: Readonly<Record<number, MetricCourse>> = {}, more: Partial<RuleInput> = {}) {
  return judgeRules({
    ...readRules(rules),
    ...{ outlook: outlookOf(TRIALS), config: CONFIG, made: new Set<string>(), pruned: 0 },
    metrics: (i) => new Map(Object.entries(loss[i] === undefined ? {} : { loss: loss[i] })),
    ...more,
  })
}

const stamp = (i: number) => [{ i, state: 'running', attempt: 1 }]

test('a rule that applies makes one decision for each attempt of a trial', () => {
  const rule = 'prune when loss > 3'
  const text = `trial 1: the rule "${rule}" applies`
  const courses = { 0: course(3), 1: course(4), 2: course(9, null) }
  expect(judged(`Rule: ${rule}`, courses)).toEqual([
    {
      ...{ key: `rule/${rule}/1/1`, kind: 'act', text: `${text}; it is pruned` },
      act: { tool: 'prune_index', args: { index: 1, reason: text }, class: 'cheap', reason: text, expect: stamp(1) },
    },
  ])
  expect(judged(`Rule: ${rule}`, courses, { made: new Set([`rule/${rule}/1/1`]) })).toEqual([])
})

test('each action has its tool and its text, and a report has neither an act nor a question', () => {
  const said = (action: string, more: Partial<RuleInput> = {}) =>
    judged(`Rule: ${action} when ctl("x") == 2`, {}, more).map(({ kind, act, text }) => [kind, act?.tool, text])
  const text = (action: string) => `trial 2: the rule "${action} when ctl("x") == 2" applies`
  expect(said('stop')).toEqual([['act', 'stop_index', `${text('stop')}; it is stopped`]])
  expect(said('pause')).toEqual([['act', 'pause_index', `${text('pause')}; it is paused`]])
  expect(said('report')).toEqual([['report', undefined, text('report')]])
  const allow = (cheap: 'ask' | 'never') => ({ config: { ...CONFIG, permissions: { ...PERMISSIONS, cheap } } })
  expect(said('stop', allow('ask'))).toEqual([['ask', 'stop_index', `${text('stop')}; stop it?`]])
  expect(said('stop', allow('never'))).toEqual([['report', undefined, text('stop')]])
})

test('rules prune up to a third of the trials without approval, and other actions do not count', () => {
  const kinds = (rules: string, pruned: number) => judged(rules, {}, { pruned }).map(({ kind }) => kind)
  expect(kinds('Rule: prune when step >= 0', 1)).toEqual(['act', 'act', 'ask'])
  expect(kinds('Rule: prune when step >= 0', 3)).toEqual(['ask', 'ask', 'ask'])
  expect(kinds('Rule: stop when step >= 0', 3)).toEqual(['act', 'act', 'act'])
  expect(kinds('Rule: stop when step >= 0\nRule: prune when step >= 0', 2)).toEqual([
    ...['act', 'act', 'act', 'ask', 'act', 'ask'],
  ])
})

test('a condition can use values, steps and parameters, and it never applies if a value is unknown', () => {
  const courses = { 0: course(5, 1, 1), 1: course(1, 5, 5, 5), 2: course(null, 1) }
  const applies = (condition: string, more: Partial<RuleInput> = {}) =>
    judged(`Rule: report when ${condition}`, courses, more).map(({ text }) => Number(text.split(/[ :]/)[1]))
  expect(applies('loss == 1')).toEqual([0, 2])
  expect(applies('mean(loss, 2) == 5')).toEqual([1])
  expect(applies('mean(loss, 3) > 4.9')).toEqual([1])
  expect(applies('step >= 4')).toEqual([1])
  expect(applies('ctl("name") == "n1"')).toEqual([1])
  expect(applies('other > 0')).toEqual([])
  const shown = TRIALS.map((trial) => ({ ...trial, step: trial.i === 2 ? 9 : null }))
  expect(applies('step >= 4', { outlook: outlookOf(shown) })).toEqual([1, 2])
})

test('a malformed rule is reported once with the reason', () => {
  const [problem, ...others] = judged('Rule: explode when step > 1')
  expect(others).toEqual([])
  const text = 'explode when step > 1'
  const key = `rule/wrong/${text}`
  expect(problem).toEqual({
    ...{ key, kind: 'report', act: null },
    text: `the rule "${text}" cannot be used: a rule is prune, stop, pause, report, then "when" and a condition`,
  })
  expect(judged(`Rule: ${text}`, {}, { made: new Set([key]) })).toEqual([])
})

test('at most fifty rules are read, and duplicates do not count', () => {
  const lines = Array.from({ length: 52 }, (_, at) => `- Rule: stop when step > ${at}`)
  expect(readRules(lines.join('\n')).rules.map(({ text }) => text)).toEqual(
    lines.slice(0, 50).map((line) => line.replace('- Rule: ', '')),
  )
  const wrong = Array.from({ length: 51 }, (_, at) => `Rule: fly ${at}`)
  expect(readRules([...wrong, ...lines].join('\n'))).toEqual({
    rules: [],
    problems: wrong.slice(0, 50).map((line) => ({
      ...{ text: line.replace('Rule: ', ''), why: 'a rule is prune, stop, pause, report, then "when" and a condition' },
    })),
  })
})
