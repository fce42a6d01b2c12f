import type { JsonObject } from '@hotcb/protocol'
import { DEFAULT_LIMITS } from '../limits.ts'
import type { Limits, Rule, RuleAction } from '../types.ts'

/** The rule id of a model's actions in the log, the ledger and the limits. No rule in a file may use it. */
export const AI_RULE_ID = 'ai'

/** A model's request: an action in the same form as a rule's action, and the reason as text. */
export interface ModelRequest {
  readonly action: RuleAction
  readonly because: string
  readonly evidence: JsonObject
  /** Why a person must approve it even in `ai_auto`; empty if there is no reason. */
  readonly askBecause: string
}

const SETTLE = 20

/** Returns the rule that represents a model, so that its request is checked like a rule that fires. */
export function aiRule(action: RuleAction): Rule {
  return {
    id: AI_RULE_ID,
    description: 'a change that the language model requested',
    condition: 'when',
    metric: null,
    params: {},
    program: null,
    action,
    confidence: 'high',
    enabled: true,
    cooldown: 0,
    hold: 1,
    clear: 0,
    settle: SETTLE,
    version: 2,
    place: null,
  }
}

/**
 * A model's limits if none are configured. A person can read a rule before it acts, but cannot inspect a model, so a model may change less
 * without approval.
 */
const AI_LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  controls: [
    {
      key: 'lr',
      auto: { kind: 'ratio', most: 2 },
      ask: { kind: 'ratio', most: 30 },
      drift: { kind: 'ratio', most: 10 },
    },
    { key: '*', auto: { kind: 'share', most: 0.2 }, ask: { kind: 'any' }, drift: { kind: 'ratio', most: 10 } },
  ],
}

export function limitsOfModel(limits: Limits): Limits {
  return limits.controls === DEFAULT_LIMITS.controls ? { ...limits, controls: AI_LIMITS.controls } : limits
}
