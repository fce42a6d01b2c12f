import { fromWire, isRecord, isStep, type StudyEvent } from './event.ts'

type Check = (data: Record<string, unknown>) => string | undefined

const CHECKS: Readonly<Record<StudyEvent['kind'], Check>> = {
  study: studyProblem,
  enqueue: paramsProblem,
  ask: (data) => numberProblem(data) ?? paramsProblem(data) ?? timeProblem(data),
  add: (data) => numberProblem(data) ?? trialProblem(data.trial),
  report: (data) => numberProblem(data) ?? (isReport(data) ? timeProblem(data) : 'has no `step` and `value`'),
  beat: (data) => numberProblem(data) ?? (isStep(data.at) ? undefined : 'has no `at`'),
  attr: (data) =>
    numberProblem(data) ?? (typeof data.key === 'string' && 'value' in data ? undefined : 'has no `key` and `value`'),
  retry: (data) =>
    numberProblem(data) ?? (isStep(data.at) && isStep(data.seen) ? undefined : 'has no times `at` and `seen`'),
  tell: (data) =>
    numberProblem(data) ?? (data.state === 'running' ? 'is running' : (outcomeProblem(data) ?? timeProblem(data))),
}

/** Returns why data is not a valid event; undefined if it is valid. */
export function eventProblem(data: unknown): string | undefined {
  if (!isRecord(data)) return 'is not an object'
  const { kind } = data
  if (typeof kind !== 'string' || !Object.hasOwn(CHECKS, kind)) return `has kind ${String(kind)}`
  return CHECKS[kind as StudyEvent['kind']](data) // The value is one of the keys.
}

/** Returns why data is not a valid trial document; undefined if it is valid. */
export function trialProblem(data: unknown): string | undefined {
  if (!isRecord(data)) return 'is not an object'
  const { reports = [], removed, misfit, userAttrs, owner, retryOf } = data
  if (!Array.isArray(reports) || !reports.every(isReport))
    return 'has `reports` that are not a list of `step` and `value`'
  if (removed !== undefined && !isRecord(removed)) return 'has a `removed` that is not an object'
  if (misfit !== undefined && typeof misfit !== 'string') return 'has a `misfit` that is not text'
  if (userAttrs !== undefined && !isRecord(userAttrs)) return 'has `userAttrs` that are not an object'
  if (owner !== undefined && typeof owner !== 'string') return 'has an `owner` that is not text'
  if (retryOf !== undefined && !isCount(retryOf)) return 'has a `retryOf` that is not the number of a trial'
  return paramsProblem(data) ?? outcomeProblem(data) ?? timeProblem(data)
}

function paramsProblem(data: Record<string, unknown>): string | undefined {
  return isRecord(data.params) ? undefined : 'has no `params`'
}

function numberProblem(data: Record<string, unknown>): string | undefined {
  return isCount(data.number) ? undefined : `has kind ${String(data.kind)} and no \`number\``
}

function timeProblem(data: Record<string, unknown>): string | undefined {
  const wrong = ['at', 'startedMs', 'endedMs', 'heartbeatMs'].find(
    (key) => data[key] !== undefined && !isStep(data[key]),
  )
  return wrong === undefined ? undefined : `has an invalid time \`${wrong}\``
}

function outcomeProblem(data: Record<string, unknown>): string | undefined {
  const { state, value, values, reason, constraints } = data
  if (reason !== undefined && typeof reason !== 'string') return 'has a `reason` that is not text'
  if (constraints !== undefined && !isNumbers(constraints)) return 'has `constraints` that are not a list of numbers'
  if (state === 'complete') return completeProblem(value, values)
  if (state !== 'running' && state !== 'pruned' && state !== 'failed') return `has state ${String(state)}`
  return value === undefined && values === undefined ? undefined : `is ${state} and has a \`value\``
}

function completeProblem(value: unknown, values: unknown): string | undefined {
  if (values !== undefined) return isNumbers(values) ? undefined : 'has `values` that are not a list of numbers'
  const number = fromWire(value)
  return number === undefined || Number.isNaN(number) ? 'is complete without a `value`' : undefined
}

function studyProblem(data: Record<string, unknown>): string | undefined {
  if (data.version !== 1) return `has version ${String(data.version)}, this library reads version 1`
  if (!isRecord(data.space)) return 'has no `space`'
  return data.direction === 'minimize' || data.direction === 'maximize' ? undefined : 'has no `direction`'
}

function isNumbers(data: unknown): boolean {
  return Array.isArray(data) && data.every((value) => fromWire(value) !== undefined)
}

function isReport(data: unknown): boolean {
  return isRecord(data) && isStep(data.step) && fromWire(data.value) !== undefined
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
