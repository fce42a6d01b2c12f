import type { Program } from '@hotcb/expr'
import { sameJson } from '@hotcb/protocol'
import { parseWhen } from '../config/when.ts'
import { METRIC_CONDITIONS, type NotifyRule, STATES, type StateName } from '../types.ts'
import type { Moment, SavedEdge } from './edge.ts'
import { createEdgeBook, type RuleEvent } from './edge-book.ts'
import type { NotifyFacts } from './facts.ts'
import { createKnownMetrics } from './known-metrics.ts'
import { judgeMetric, lastOf } from './metric-judge.ts'
import { judgeState, type RememberedRun } from './states.ts'
import { judgeWhen, type RunScope } from './when-judge.ts'

/** One record of metrics. */
export interface EngineRecord {
  readonly step: number
  readonly metrics: Readonly<Record<string, number | null>>
}

/** Applies the rules to one run. Pure: the same calls produce the same events. */
export interface NotifyEngine {
  /** Adds a historical record to the windows. It counts for later conditions but causes no message on its own. */
  fill(record: EngineRecord): void
  /** Processes a new record. */
  record(record: EngineRecord, now: number): readonly RuleEvent[]
  /**
   * Processes the current facts about the run. The first call of a new engine only records them, because states that already
   * exist are history.
   */
  look(facts: NotifyFacts): readonly RuleEvent[]
  /** Replaces the rules; unchanged rules continue. Returns the open keys that end together with their rules. */
  setRules(rules: readonly NotifyRule[]): readonly string[]
  readonly sighted: RememberedRun
  /** Returns why rules cannot be judged, one line each. Each line is returned once. */
  troubles(): readonly string[]
}

export interface NotifyEngineOptions {
  readonly rules: readonly NotifyRule[]
  /** The key metric in the run document. */
  readonly keyMetric: string | null
  readonly scope: RunScope
  /** The state of an earlier notifier; undefined if there was none, or if it stopped too long ago. */
  readonly story?: { readonly edges: ReadonlyMap<string, SavedEdge>; readonly sighted: RememberedRun } | undefined
}

/** The minimum number of values that are kept for each metric. */
export const LEAST_KEPT = 512
/** The value of a rule's `metric` that means every metric, each on its own. */
const EVERY = '*'
const NEVER_SEEN: RememberedRun = { wasAlive: false, attempt: null, wasClosed: false }

export function createNotifyEngine({ rules, keyMetric, scope, story }: NotifyEngineOptions): NotifyEngine {
  let sorted = sortRules(rules)
  let current = rules
  const longest = Math.max(LEAST_KEPT, ...sorted.whens.map(({ program }) => program.longestWindow))
  const metrics = createKnownMetrics(keyMetric, longest)
  const edges = createEdgeBook(story?.edges ?? new Map())
  const troubles = createTroubles()
  let sighted = story?.sighted ?? NEVER_SEEN
  let isFirst = story === undefined
  const seeEvery = (rule: NotifyRule, { step, metrics: values }: EngineRecord, at: Moment): readonly RuleEvent[] =>
    Object.keys(values).flatMap((name) => {
      const window = metrics.get(name)
      if (window === undefined) return []
      const { is, because } = judgeMetric(rule, name, window, metrics)
      const value = lastOf(window)
      return edges.see(rule, { about: name, because, value }, is, { ...at, step }, name)
    })
  const seeMetric = (rule: NotifyRule, { step, metrics: values }: EngineRecord, at: Moment): readonly RuleEvent[] => {
    if (rule.metric === EVERY) return seeEvery(rule, { step, metrics: values }, at)
    const name = rule.metric === null ? metrics.keyMetric() : metrics.find(rule.metric)
    const window = name === undefined ? undefined : metrics.get(name)
    if (name === undefined || window === undefined || !Object.hasOwn(values, name)) return []
    const { is, because } = judgeMetric(rule, name, window, metrics)
    return edges.see(rule, { about: '', because, value: lastOf(window) }, is, { ...at, step }, name)
  }
  const seeWhen = ({ rule, program }: WhenRule, { step }: EngineRecord, at: Moment): readonly RuleEvent[] => {
    const { is, because, trouble } = judgeWhen(program, step, metrics, scope)
    if (trouble !== undefined) troubles.add(`rule \`${rule.id}\` cannot be judged: ${trouble}`)
    return edges.see(rule, { about: '', because }, is, at, null)
  }
  const seeState = ({ rule, name }: StateRule, facts: NotifyFacts, at: Moment): readonly RuleEvent[] => {
    const findings = judgeState(name, facts, sighted)
    const begun = findings.flatMap((finding) => edges.see(rule, finding, true, at, null))
    return [...begun, ...edges.end(rule, findings, at)]
  }
  const settle = (facts: NotifyFacts): void => {
    for (const { rule, name } of sorted.states) {
      // A proposal that is still waiting for an answer is reported anyway.
      if (name === 'waiting_approval') continue
      for (const finding of judgeState(name, facts, sighted)) edges.settle(rule, finding)
    }
  }
  return {
    fill: ({ step, metrics: values }) => metrics.push(step, values),
    record(record, now) {
      metrics.push(record.step, record.metrics)
      const at = { now, step: record.step }
      return [
        ...sorted.metrics.flatMap((rule) => seeMetric(rule, record, at)),
        ...sorted.whens.flatMap((rule) => seeWhen(rule, record, at)),
      ]
    },
    look(facts) {
      if (isFirst) settle(facts)
      isFirst = false
      const events = sorted.states.flatMap((rule) => seeState(rule, facts, { now: facts.now, step: facts.step }))
      sighted = nextSighted(sighted, facts)
      return events
    },
    setRules(next) {
      const gone = current.filter((rule) => !next.some((one) => sameJson(one, rule)))
      current = next
      sorted = sortRules(next)
      return gone.flatMap((rule) => edges.forget(rule))
    },
    get sighted() {
      return sighted
    },
    troubles: () => troubles.fresh(),
  }
}

/** Creates a list that reports each problem once. */
function createTroubles(): { add(text: string): void; fresh(): readonly string[] } {
  const known = new Set<string>()
  let fresh: string[] = []
  return {
    add(text) {
      if (!known.has(text)) fresh.push(text)
      known.add(text)
    },
    fresh() {
      const given = fresh
      fresh = []
      return given
    },
  }
}

function nextSighted(before: RememberedRun, { life, attempt, closed }: NotifyFacts): RememberedRun {
  const isAlive = life === 'alive'
  if (isAlive) return { wasAlive: true, attempt, wasClosed: false }
  return closed && !before.wasClosed ? { ...before, wasClosed: true } : before
}

interface StateRule {
  readonly rule: NotifyRule
  readonly name: StateName
}

interface WhenRule {
  readonly rule: NotifyRule
  readonly program: Program
}

interface SortedRules {
  readonly states: readonly StateRule[]
  readonly metrics: readonly NotifyRule[]
  readonly whens: readonly WhenRule[]
}

function sortRules(rules: readonly NotifyRule[]): SortedRules {
  const states = rules.flatMap((rule) => {
    const name = STATES.find((state) => state === rule.on)
    return name === undefined ? [] : [{ rule, name }]
  })
  const whens = rules.flatMap((rule) => {
    // The configuration reader has already rejected expressions that cannot be parsed.
    const parsed = rule.when === null ? undefined : parseWhen(rule.when)
    return parsed?.ok === true ? [{ rule, program: parsed.value }] : []
  })
  return { states, metrics: rules.filter(({ on }) => METRIC_CONDITIONS.some((name) => name === on)), whens }
}
