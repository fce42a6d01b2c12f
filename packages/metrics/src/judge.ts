// The public API of @hotcb/metrics/judge, which assesses metric curves. It is pure arithmetic, without a clock.
export { binMedians, MIN_TREND } from './judge/bins.ts'
export { type ConditionResult, FALSE_RESULT } from './judge/conditions/condition-result.ts'
export { DIVERGENCE, type DivergenceParams, divergence } from './judge/conditions/divergence.ts'
export { GRAD_EXPLOSION, type GradExplosionParams, gradExplosion } from './judge/conditions/grad-explosion.ts'
export { notFinite } from './judge/conditions/not-finite.ts'
export { OVERFITTING, type OverfittingParams, overfitting } from './judge/conditions/overfitting.ts'
export { SLOW_RATIO, silent, slow } from './judge/conditions/pace.ts'
export { PLATEAU, type PlateauParams, plateau } from './judge/conditions/plateau.ts'
export { SPIKE, type SpikeParams, spike } from './judge/conditions/spike.ts'
export { STUCK, type StuckParams, stuck } from './judge/conditions/stuck.ts'
export { bestOf, type Course, meanOver } from './judge/course.ts'
export { type Direction, directionOf, guessKeyMetric, isBetter } from './judge/direction.ts'
export { type Effect, type EffectVerdict, effectOf, MIN_POINTS, verdictOf } from './judge/effect.ts'
export { EMA_START, Ema, type EmaOptions, type EmaState } from './judge/ema.ts'
export {
  COURSE_PARTS,
  type CourseFacts,
  type CoursePart,
  type CourseStats,
  createFacts,
  factsOf,
} from './judge/facts.ts'
export { describeFinding, type FindingLevel, type MetricFinding } from './judge/finding.ts'
export {
  type Forecast,
  type ForecastInput,
  type ForecastPoint,
  type ForecastRefusal,
  forecastOf,
} from './judge/forecast.ts'
export type { ForecastModel } from './judge/forecast-models.ts'
export { healthMetrics, type JudgeInput, judgeMetrics } from './judge/health.ts'
export { type LadderMove, type LadderRule, nextRung, type Rung, rungRate } from './judge/ladder.ts'
export { hasProgressed, initialOf, levelOf, lineNoise, type MetricLevel } from './judge/level.ts'
export { createLineWindow, LEVEL_VALUES, type LineWindow, type LineWindowOptions } from './judge/line-window.ts'
export { median, medianDeviation, NORMAL_DEVIATION, type Numbers, noiseOf } from './judge/noise.ts'
export { normalise, smooth } from './judge/smooth.ts'
export { type TimeTo, timeTo } from './judge/time-to.ts'
export { type Trajectory, type TrajectorySeries, trajectoryOf } from './judge/trajectory.ts'
export { mannKendall, type Trend, theilSen, trendOf } from './judge/trend.ts'
