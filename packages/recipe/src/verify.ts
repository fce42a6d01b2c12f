import type { MetricRecord } from '@hotcb/protocol'
import { lastMetrics, type StepMetrics } from './last-metrics.ts'

/** The parts of a run that are compared. */
export interface RunRecord {
  /** The metrics. They must be iterable more than once: see {@link lastMetrics}. */
  readonly metrics: Iterable<MetricRecord>
  /** From `hotcb.run.json`. */
  readonly weightsSha256?: string | null
}

export interface VerifyOptions {
  /** Which metrics to compare; those that begin with `time/` or `sys/` never are. @defaultValue all */
  readonly metrics?: (name: string) => boolean
}

/** The result of comparing two runs. */
export interface Verification {
  /** `different`: at least one value differs. `missing`: no value differs, but some exist on only one side. */
  readonly verdict: 'identical' | 'different' | 'missing'
  /** Number of values that are equal, bit for bit. */
  readonly equal: number
  /**
   * The first value that differs: the one at the lowest step, and within the step the first one in the first run's
   * line.
   */
  readonly first: MetricDifference | null
  /** The values that only one side has, up to the first difference. */
  readonly missing: MissingRecords
  /** Null if neither side has weights. */
  readonly weights: { readonly a: string | null; readonly b: string | null; readonly equal: boolean } | null
}

/** A value that differs. Null means a non-finite value. */
export interface MetricDifference {
  readonly step: number
  readonly name: string
  readonly a: number | null
  readonly b: number | null
}

export interface MissingRecords {
  readonly count: number
  /** The first few of them. `in` is the side that has the value. */
  readonly examples: readonly { readonly step: number; readonly name: string; readonly in: 'a' | 'b' }[]
}

/**
 * Compares two runs, bit for bit: every (step, name) of their metrics, without ghosts, and the SHA-256 of their
 * weights. It stops at the first difference.
 */
export function verifyRuns(a: RunRecord, b: RunRecord, options: VerifyOptions = {}): Verification {
  const asked = options.metrics ?? ((): boolean => true)
  const isCompared = (name: string): boolean => !/^(time|sys)\//.test(name) && asked(name)
  const tally: Tally = { equal: 0, first: null, count: 0, examples: [] }
  for (const [left, right] of bySteps(lastMetrics(a.metrics), lastMetrics(b.metrics))) {
    compareStep(left, right, isCompared, tally)
    if (tally.first !== null) break
  }
  const weights = weightsOf(a, b)
  const { equal, first, count, examples } = tally
  const isMissing = count > 0 || (weights !== null && (weights.a === null || weights.b === null))
  const isDifferent = first !== null || (weights !== null && !weights.equal && weights.a !== null && weights.b !== null)
  const verdict = isDifferent ? 'different' : isMissing ? 'missing' : 'identical'
  return { verdict, equal, first, missing: { count, examples }, weights }
}

interface Tally {
  equal: number
  first: MetricDifference | null
  count: number
  examples: { readonly step: number; readonly name: string; readonly in: 'a' | 'b' }[]
}

const MAX_EXAMPLES = 20
const NONE: ReadonlyMap<string, number | null> = new Map()

function* bySteps(
  a: Generator<StepMetrics>,
  b: Generator<StepMetrics>,
): Generator<readonly [StepMetrics, StepMetrics]> {
  try {
    let left = nextOf(a)
    let right = nextOf(b)
    for (;;) {
      const step = Math.min(left.step, right.step)
      if (step === Number.POSITIVE_INFINITY) return
      const empty = { step, metrics: NONE }
      yield [left.step === step ? left : empty, right.step === step ? right : empty]
      if (left.step === step) left = nextOf(a)
      if (right.step === step) right = nextOf(b)
    }
  } finally {
    a.return(undefined)
    b.return(undefined)
  }
}

// Returns the next step; Infinity after the last one.
function nextOf(steps: Generator<StepMetrics>): StepMetrics {
  const next = steps.next()
  return next.done === true ? { step: Number.POSITIVE_INFINITY, metrics: NONE } : next.value
}

function compareStep(
  { step, metrics: a }: StepMetrics,
  { metrics: b }: StepMetrics,
  isCompared: (name: string) => boolean,
  tally: Tally,
): void {
  for (const [name, left] of a) {
    if (!isCompared(name)) continue
    const right = b.get(name)
    if (right === undefined) miss(tally, step, name, 'a')
    else if (Object.is(left, right)) tally.equal++
    else tally.first ??= { step, name, a: left, b: right }
  }
  for (const name of b.keys()) if (isCompared(name) && !a.has(name)) miss(tally, step, name, 'b')
}

function miss(tally: Tally, step: number, name: string, side: 'a' | 'b'): void {
  tally.count++
  if (tally.examples.length < MAX_EXAMPLES) tally.examples.push({ step, name, in: side })
}

function weightsOf(a: RunRecord, b: RunRecord): Verification['weights'] {
  const left = a.weightsSha256 ?? null
  const right = b.weightsSha256 ?? null
  return left === null && right === null ? null : { a: left, b: right, equal: left === right }
}
