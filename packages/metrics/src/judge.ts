// The whole public surface of @hotcb/metrics/judge: what the course of a metric says. Pure arithmetic, no state.
export { bestOf, type Course, meanOver } from './judge/course.ts'
export { type Direction, directionOf, guessKeyMetric, isBetter } from './judge/direction.ts'
export { type Effect, effectOf, MIN_POINTS, type Verdict, verdictOf } from './judge/effect.ts'
export { describeFinding, type FindingLevel, type MetricFinding } from './judge/finding.ts'
export { healthMetrics, type JudgeInput, judgeMetrics } from './judge/health.ts'
export { normalise, smooth } from './judge/smooth.ts'
