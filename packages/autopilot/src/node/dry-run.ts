import { setImmediate as breathe } from 'node:timers/promises'
import { readLines } from '@hotcb/journal'
import type { LedgerLine, ShownMetrics } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'
import { createRuleEngine } from '../engine.ts'
import type { RuleEngineOptions, RuleSet } from '../types.ts'
import { readFacts } from './facts.ts'
import { createStartingValues, isLater } from './records.ts'

/** A step at which a rule would have fired in a recorded run. */
export interface WouldHaveFired {
  readonly rule: string
  readonly step: number
  readonly because: string
}

/** The result of a dry run. */
export interface DryRun {
  /** At most the first 10,000, in order. */
  readonly fired: readonly WouldHaveFired[]
  /** How often each rule would have fired, including firings after the first 10,000. */
  readonly counts: Readonly<Record<string, number>>
  /** The last step that was read; null for an empty run. */
  readonly lastStep: number | null
  /** False if the time limit was reached before the end of the run. */
  readonly isWhole: boolean
}

export type DryRunOptions = Pick<RuleEngineOptions, 'keyMetric' | 'limits'>

/** Options for a dry run that shares its thread with other work. */
export interface SlicedDryRunOptions extends DryRunOptions {
  /** The time limit in milliseconds. */
  readonly mostMs: number
  /** Aborts the dry run. */
  readonly signal?: AbortSignal | undefined
}

/** The maximum number of firings to keep, because a rule without a cooldown fires at every step. */
const MOST_FIRED = 10_000
/**
 * The number of lines between two points where a dry run can be interrupted. It is small because a line may contain thousands of metrics.
 */
const LINES_A_SLICE = 16
/** The time for which a sliced dry run keeps its thread, in milliseconds. */
const SLICE_MS = 8

/**
 * Runs rules over a run's records, starting at its first step. Writes nothing. Rules that use the clock do not fire.
 *
 * @throws JournalError if a file cannot be read.
 */
export function dryRun(run: Run, ruleSet: RuleSet, options: DryRunOptions): DryRun {
  const story = createFirings()
  for (const _ of dryRunSlices(run, ruleSet, options, story));
  return story.end(true)
}

/**
 * Does the same on a thread that has other work: it yields the thread every few milliseconds and stops after `mostMs`.
 *
 * @throws JournalError if a file cannot be read; the abort reason of `signal`.
 */
export async function dryRunInSlices(run: Run, ruleSet: RuleSet, options: SlicedDryRunOptions): Promise<DryRun> {
  const { mostMs, signal } = options
  const story = createFirings()
  const until = performance.now() + mostMs
  const slices = dryRunSlices(run, ruleSet, options, story)
  try {
    for (;;) {
      const sliceEnd = performance.now() + SLICE_MS
      while (performance.now() < sliceEnd) if (slices.next().done === true) return story.end(true)
      await breathe()
      signal?.throwIfAborted()
      if (performance.now() > until) return story.end(false)
    }
  } finally {
    // Closes the files.
    slices.return()
  }
}

interface Firings {
  fire(one: WouldHaveFired): void
  at(step: number): void
  end(isWhole: boolean): DryRun
}

function createFirings(): Firings {
  const fired: WouldHaveFired[] = []
  const counts = new Map<string, number>()
  let lastStep: number | null = null
  return {
    fire(one) {
      counts.set(one.rule, (counts.get(one.rule) ?? 0) + 1)
      if (fired.length < MOST_FIRED) fired.push(one)
    },
    at(step) {
      lastStep = step
    },
    end: (isWhole) => ({ fired, counts: Object.fromEntries(counts), lastStep, isWhole }),
  }
}

type Slices<Value> = Generator<undefined, Value>

function* dryRunSlices(run: Run, ruleSet: RuleSet, options: DryRunOptions, story: Firings): Slices<void> {
  const engine = createRuleEngine(ruleSet, { ...options, mode: 'suggest', n: 0 })
  const facts = readFacts(run)
  const starting = yield* startingValues(run)
  const controls = starting.of(facts.controls())
  const ledger = createLedgerFeed(run)
  const seen = { ...facts, isFrozen: false, isPaused: false, controls: () => controls }

  function* look(record: ShownMetrics): Slices<void> {
    const { step, epoch, metrics } = record
    const lines = yield* ledger.before(record)
    for (const event of engine.look({ ...seen, step, epoch, metrics, lines })) {
      if ('rule' in event) story.fire({ rule: event.rule, step: event.step, because: event.because })
    }
    story.at(step)
  }

  let count = 0
  const { within } = run
  try {
    for (const { text } of readLines(run.path('metrics'), within === undefined ? {} : { within })) {
      if (++count % LINES_A_SLICE === 0) yield undefined
      const record = readMetricLine(text)
      if (record !== undefined) yield* look(record)
    }
  } finally {
    ledger.close()
  }
}

function* startingValues(run: Run): Slices<ReturnType<typeof createStartingValues>> {
  const values = createStartingValues()
  let count = 0
  for (const { value } of run.records('ledger', { contains: 'set_params' })) {
    if (++count % LINES_A_SLICE === 0) yield undefined
    values.take(value)
  }
  return values
}

/** Returns ledger lines as they are needed. At most one line is read ahead. */
function createLedgerFeed(run: Run): { before(record: ShownMetrics): Slices<readonly LedgerLine[]>; close(): void } {
  const records = run.records('ledger')[Symbol.iterator]()
  let next = records.next()
  return {
    *before(record) {
      if (next.done === true || isLater(next.value.value, record)) return NO_LINES
      const lines: LedgerLine[] = []
      for (; next.done !== true && !isLater(next.value.value, record); next = records.next()) {
        // An autopilot's actions in the recorded run are not answers to current proposals.
        lines.push({ ...next.value.value, cid: null })
        if (lines.length % LINES_A_SLICE === 0) yield undefined
      }
      return lines
    },
    close: () => void records.return?.(),
  }
}

const NO_LINES: readonly LedgerLine[] = []
