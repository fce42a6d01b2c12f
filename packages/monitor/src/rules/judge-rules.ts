import { createNames, type ExprSeries, evaluate, type Scope } from '@hotcb/expr'
import type { MonitorConfig } from '../config.ts'
import { actOf } from '../tools/act-of.ts'
import { findTool } from '../tools/table.ts'
import type { TriageDecision } from '../triage/triage.ts'
import type { Outlook, TrialView } from '../types.ts'
import type { CustomRule, RuleProblem } from './read-rules.ts'

/** A metric's values by step, oldest first; null for a value that is not a number. */
export type MetricCourse = readonly { readonly step: number; readonly value: number | null }[]

export interface RuleInput {
  readonly rules: readonly CustomRule[]
  readonly problems: readonly RuleProblem[]
  readonly outlook: Outlook
  readonly config: Pick<MonitorConfig, 'live' | 'triage' | 'permissions'>
  /** Returns a running trial's metrics. */
  readonly metrics: (i: number) => ReadonlyMap<string, MetricCourse>
  /** The keys of decisions that were already made. */
  readonly made: ReadonlySet<string>
  /** The number of trials that rules and triage have pruned. */
  readonly pruned: number
}

/**
 * Evaluates custom rules for running trials, without a model. Each rule makes one decision per attempt, if the config allows it. At most a
 * third of all trials are pruned without approval.
 */
export function judgeRules(input: RuleInput): readonly TriageDecision[] {
  const { rules, problems, outlook, made, metrics } = input
  const wrong = problems.map(
    ({ text, why }): TriageDecision => ({
      ...{ key: `rule/wrong/${text}`, kind: 'report', act: null },
      text: `the rule "${text}" cannot be used: ${why}`,
    }),
  )
  const running = rules.length === 0 ? [] : outlook.trials.filter(({ state }) => state === 'running')
  let pruned = input.pruned
  const given = running.flatMap((trial) => {
    const scope = scopeOf(trial, metrics(trial.i))
    return rules.flatMap((rule) => {
      const key = `rule/${rule.text}/${trial.i}/${trial.attempt}`
      const outcome = made.has(key) ? null : evaluate(rule.condition, scope)
      if (outcome === null || !outcome.ok || outcome.value.type !== 'bool' || !outcome.value.value) return []
      const decision = decided(input, rule, trial, { key, hasRoom: pruned < Math.floor(outlook.trials.length / 3) })
      if (decision.kind === 'act' && rule.action === 'prune') pruned++
      return [decision]
    })
  })
  return [...wrong.filter(({ key }) => !made.has(key)), ...given]
}

function decided(
  { outlook, config }: RuleInput,
  { text: rule, action }: CustomRule,
  { i }: TrialView,
  { key, hasRoom }: { readonly key: string; readonly hasRoom: boolean },
): TriageDecision {
  const text = `trial ${i}: the rule "${rule}" applies`
  const spec = findTool(`${action}_index`)
  const act = spec === undefined ? null : actOf(spec, { index: i, reason: text }, outlook, config)
  if (act === null || !act.ok || config.permissions[act.value.class] === 'never')
    return { key, kind: 'report', act: null, text }
  const asks = config.permissions[act.value.class] === 'ask' || (action === 'prune' && !hasRoom)
  if (asks) return { key, kind: 'ask', act: act.value, text: `${text}; ${action} it?` }
  return { key, kind: 'act', act: act.value, text: `${text}; ${DONE[action]}` }
}

const DONE = { prune: 'it is pruned', stop: 'it is stopped', pause: 'it is paused', report: '' } as const

/** Returns the names in expressions: metrics by name, parameters by `ctl`; `step` is the last step of any metric. */
function scopeOf({ params, step: shown }: TrialView, metrics: ReadonlyMap<string, MetricCourse>): Scope {
  const steps = [...metrics.values()].map((course) => course.at(-1)?.step ?? 0)
  const step = Math.max(shown ?? 0, ...steps)
  const series = (name: string): ExprSeries | undefined => {
    const course = metrics.get(name)
    return course === undefined ? undefined : seriesOf(course, step)
  }
  return {
    value: (name) => series(name)?.last,
    series,
    control(key) {
      const value = params[key]
      return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : undefined
    },
    step,
    frac: undefined,
    names: createNames('rule', [...metrics.keys()]),
  }
}

function seriesOf(course: MetricCourse, step: number): ExprSeries {
  const values = course.flatMap(({ value }) => (value === null ? [] : [value]))
  const last = course.at(-1)
  return {
    // A last value that is not a number counts as unknown, because triage handles it.
    last: last?.value ?? undefined,
    first: values[0],
    count: values.length,
    age: last === undefined ? undefined : step - last.step,
    window: (length) => values.slice(-length),
  }
}
