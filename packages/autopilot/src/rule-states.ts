import { showCount } from '@hotcb/run'
import type { ActionRecord, Rule } from './types.ts'

/**
 * A rule's state according to the log. `asking`: its proposal is waiting for a person. `queued`: its command is waiting for the trainer.
 * `cooling`: it fired so recently that it will not fire again yet.
 */
export interface RuleState {
  readonly rule: string
  readonly state: 'off' | 'ready' | 'asking' | 'queued' | 'cooling'
  /** The number of times that it has fired. */
  readonly fired: number
  /** The step at which it last fired. */
  readonly lastStep: number | null
  /** The action that is waiting; null if there is none. */
  readonly action: string | null
  /** The step until which it does not fire again; null if it may fire. */
  readonly until: number | null
  /** Whether it only proposes because its last two actions made things worse. */
  readonly isRestrained: boolean
}

/**
 * Returns the state of each rule.
 *
 * @param actions All actions of the run, in order.
 * @param step The run's current step; null if unknown.
 */
export function ruleStates(
  rules: readonly Pick<Rule, 'id' | 'enabled' | 'cooldown'>[],
  actions: readonly ActionRecord[],
  step: number | null,
): readonly RuleState[] {
  const byRule = new Map<string, ActionRecord[]>()
  for (const action of actions) {
    if (action.rule === null) continue
    const own = byRule.get(action.rule)
    if (own === undefined) byRule.set(action.rule, [action])
    else own.push(action)
  }
  return rules.map((rule) => stateOf(rule, byRule.get(rule.id) ?? [], step))
}

function stateOf(
  { id, enabled, cooldown }: Pick<Rule, 'id' | 'enabled' | 'cooldown'>,
  own: readonly ActionRecord[],
  step: number | null,
): RuleState {
  const lastStep = own.at(-1)?.step ?? null
  const waiting = own.findLast(({ state }) => state === 'open' || state === 'queued')
  const until = lastStep !== null && step !== null && step < lastStep + cooldown ? lastStep + cooldown : null
  const state =
    waiting !== undefined ? (waiting.state === 'open' ? 'asking' : 'queued') : until === null ? 'ready' : 'cooling'
  return {
    rule: id,
    state: enabled ? state : 'off',
    fired: own.length,
    lastStep,
    action: waiting?.id ?? null,
    until,
    isRestrained: worseRunning(own) >= MOST_WORSE,
  }
}

const MOST_WORSE = 2

function worseRunning(own: readonly ActionRecord[]): number {
  let count = 0
  for (const { outcome } of own) {
    if (outcome === 'worse') count++
    else if (outcome !== null && outcome !== 'refused') count = 0
  }
  return count
}

/** Describes a rule's state: `fired twice, last at step 310; does not fire again before step 410`. */
export function describeRuleState({ state, fired, lastStep, action, until, isRestrained }: RuleState): string {
  if (state === 'off') return 'off'
  const parts = [
    fired === 0
      ? 'has not fired'
      : `fired ${timesText(fired)}${lastStep === null ? '' : `, last at step ${showCount(lastStep)}`}`,
    ...(state === 'asking' ? [`${action} is waiting for a person`] : []),
    ...(state === 'queued' ? [`${action} is waiting for the trainer`] : []),
    ...(state === 'cooling' && until !== null ? [`does not fire again before step ${showCount(until)}`] : []),
    ...(isRestrained ? ['only proposes: its last two actions made things worse'] : []),
  ]
  return parts.join('; ')
}

function timesText(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${showCount(count)} times`
}
