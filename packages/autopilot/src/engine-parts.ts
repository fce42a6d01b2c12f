import { AI_RULE_ID, aiRule } from './ai/ai-rule.ts'
import { type Arming, createArming } from './arming.ts'
import { type Changes, createChanges } from './changes.ts'
import { type CheckpointFold, createCheckpointFold } from './checkpoint-fold.ts'
import { createEpochs, type Epochs } from './epochs.ts'
import type { Measured } from './measured.ts'
import { createOpenActions, type OpenActions } from './open-actions.ts'
import { AGENT_RULE_ID, agentRule } from './proposal-request.ts'
import type { RescueState } from './rescue-state.ts'
import type { AutopilotEvent, Limits, Mode, Rule, RuleAction, RuleEngineOptions, RuleSet } from './types.ts'
import { createValueHistory, type ValueHistory } from './value-history.ts'
import { createWatch, type Watch } from './watch.ts'

/**
 * The state shared by an engine's functions: its rules, the state folded from records and the ledger, and the few values that change.
 */
export interface EngineParts {
  readonly rules: readonly Rule[]
  readonly byId: ReadonlyMap<string, Rule>
  /** The rules that use a clock instead of a metric. */
  readonly paced: readonly Rule[]
  readonly limits: Limits
  readonly idOf: RuleEngineOptions['idOf']
  readonly watch: Watch
  readonly armings: Map<string, Arming>
  readonly changes: Changes
  readonly values: ValueHistory
  readonly checkpoints: CheckpointFold
  readonly open: OpenActions
  readonly epochs: Epochs
  readonly state: EngineState
  readonly emit: (event: AutopilotEvent) => void
}

export interface EngineState {
  mode: Mode
  /** Whether a model is in use. Rules then only report; only safety rules act. */
  isSensing: boolean
  /** The start number, and the number of actions since this start. Ids consist of both. */
  n: number
  count: number
  /** The number of computed steps. A rewind does not reduce it. */
  clock: number
  lastStep: number | null
  /** The last step at which a rule acted or proposed, and the rule; null after a rewind. */
  actedLast: { readonly step: number; readonly rule: string } | null
  /** The number of actions in this run, and the times of the last ones in epoch seconds. */
  acted: number
  actedAt: readonly number[]
  measured: readonly Measured[]
  procedure: Procedure | null
  lastRollback: Rollback | null
  /** The events of the current evaluation. */
  events: AutopilotEvent[]
}

/** A rescue in progress. */
export interface Procedure {
  readonly id: string
  readonly rule: string
  readonly state: RescueState
  /** The step that a load went back to, until that step has run; otherwise null. */
  readonly backTo: number | null
}

/** The last rollback: the step at which the problem was detected, and the data that was skipped. */
export interface Rollback {
  readonly step: number
  readonly from: number
  readonly to: number
}

export function createParts(ruleSet: RuleSet, { mode, n, limits, keyMetric, idOf }: RuleEngineOptions): EngineParts {
  const rules = ruleSet.rules.filter(({ enabled, id }) => enabled && !RESERVED_IDS.includes(id))
  const state: EngineState = {
    mode,
    isSensing: false,
    n,
    count: 0,
    clock: 0,
    lastStep: null,
    actedLast: null,
    acted: 0,
    actedAt: [],
    measured: [],
    procedure: null,
    lastRollback: null,
    events: NO_EVENTS,
  }
  return {
    rules,
    byId: new Map([...rules, aiRule(NOTHING), agentRule(NOTHING)].map((rule) => [rule.id, rule] as const)),
    paced: rules.filter(({ condition }) => condition === 'slow' || condition === 'silent'),
    limits,
    idOf,
    watch: createWatch(rules, keyMetric),
    armings: new Map([...rules.map(({ id }) => id), ...RESERVED_IDS].map((id) => [id, createArming()])),
    changes: createChanges(),
    values: createValueHistory(),
    checkpoints: createCheckpointFold(),
    open: createOpenActions(),
    epochs: createEpochs(),
    state,
    emit(event) {
      if (state.events === NO_EVENTS) state.events = [event]
      else state.events.push(event)
    },
  }
}

const RESERVED_IDS: readonly string[] = [AI_RULE_ID, AGENT_RULE_ID]

const NOTHING: RuleAction = { kind: 'do', what: 'notify' }

/** The result of nearly every evaluation. Never modified. */
export const NO_EVENTS: AutopilotEvent[] = []
