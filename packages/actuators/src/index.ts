// The whole public API of @hotcb/actuators.

export { type Ramp, rampValue } from '@hotcb/protocol'
export {
  type Actuator,
  type ActuatorOptions,
  type Bounds,
  boolActuator,
  choiceActuator,
  floatActuator,
  intActuator,
  logFloatActuator,
  tupleActuator,
} from './actuator.ts'
export type { UpcomingValues } from './ahead.ts'
export type { FoldedOp, OpMismatch } from './fold.ts'
export { type LossActuatorOptions, lossActuators } from './loss.ts'
export { createMutableState, type MutableState } from './mutable-state.ts'
export {
  type OptimizerActuatorOptions,
  type OptimizerLike,
  type OptimizerSource,
  optimizerActuators,
  type ParamGroup,
} from './optimizer.ts'
export { liveRate, type ParamNames, paramGroupsOf } from './param-groups.ts'
export type { PlanContext } from './plan.ts'
export type { ValueSpec } from './value.ts'
export { isClose } from './verify.ts'
