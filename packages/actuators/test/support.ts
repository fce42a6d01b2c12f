import type { Json, JsonObject, Op, Outcome } from '@hotcb/protocol'
import {
  createMutableState,
  lossActuators,
  type MutableState,
  type OptimizerActuatorOptions,
  optimizerActuators,
  type ParamGroup,
} from '../src/index.ts'

export function setOp(params: JsonObject, module = 'opt'): Op {
  return { module, op: 'set_params', id: 'main', params }
}

export function switchOp(op: 'enable' | 'disable', params: JsonObject | null, module = 'opt', id = 'main'): Op {
  return { module, op, id, params }
}

/** Two groups with all properties, and a loss of two terms. */
export function trainer(options: OptimizerActuatorOptions = {}): {
  readonly groups: ParamGroup[]
  readonly weights: Record<string, number>
  readonly state: MutableState
} {
  const groups: ParamGroup[] = [
    { name: 'body', lr: 0.1, weightDecay: 0.01, betas: [0.9, 0.99], momentum: 0.9, clipNorm: 0 },
    { name: 'head', lr: 0.2, weightDecay: 0, betas: [0.9, 0.99], momentum: 0.9, clipNorm: 0 },
  ]
  const weights: Record<string, number> = { ce: 1, aux: 0 }
  const state = createMutableState(optimizerActuators({ paramGroups: groups }, options), lossActuators(weights))
  return { groups, weights, state }
}

export function set(state: MutableState, params: JsonObject, step = 0, total: number | null = null): Outcome {
  return state.apply(setOp(params), { step, total })
}

/** The error of an op that must fail, or the outcome itself if it did not. */
export function refusal(outcome: Outcome): string | Outcome {
  return outcome.ok ? outcome : outcome.error
}

/** A trainer with one control, from a description of its value. */
export function holder<Value extends Json>(value: Value): { value: Value; get: () => Value; set: (v: Value) => void } {
  const held = {
    value,
    get: () => held.value,
    set: (next: Value) => {
      held.value = next
    },
  }
  // Spread into the options of a control, it would be an unknown option.
  return Object.defineProperty(held, 'value', { enumerable: false })
}
