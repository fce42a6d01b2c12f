import { readLines } from '@hotcb/journal'
import type { LedgerLine, ShownMetrics } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'
import { createEngine } from '../engine.ts'
import type { EngineOptions, RuleSet } from '../types.ts'
import { readFacts } from './facts.ts'
import { startingControls, stepsOf } from './records.ts'

/** Where a rule would have fired in a recorded run. */
export interface WouldHaveFired {
  readonly rule: string
  readonly step: number
  readonly because: string
}

const BATCH = 512

/**
 * Runs rules over the records of a run, from its first step on. Nothing is written. Rules that look at the clock do not fire.
 *
 * @throws JournalError when a file cannot be read.
 */
export function dryRun(
  run: Run,
  ruleSet: RuleSet,
  options: Pick<EngineOptions, 'keyMetric' | 'limits'>,
): readonly WouldHaveFired[] {
  const engine = createEngine(ruleSet, { ...options, mode: 'suggest', n: 0 })
  const lines = ledgerOf(run)
  const facts = readFacts(run)
  const controls = startingControls(facts.controls(), lines)
  const seen = { ...facts, isFrozen: false, isPaused: false, controls: () => controls }
  const fired: WouldHaveFired[] = []
  for (const records of batchesOf(run)) {
    for (const { step, epoch, metrics, lines: before } of stepsOf(records, lines)) {
      for (const event of engine.look({ ...seen, step, epoch, metrics, lines: before })) {
        if ('rule' in event) fired.push({ rule: event.rule, step: event.step, because: event.because })
      }
    }
  }
  return fired
}

function ledgerOf(run: Run): LedgerLine[] {
  const lines: LedgerLine[] = []
  // What an autopilot did then answers nothing that is asked now.
  for (const { value } of run.records('ledger')) lines.push({ ...value, cid: null })
  return lines
}

function* batchesOf(run: Run): Iterable<readonly ShownMetrics[]> {
  let records: ShownMetrics[] = []
  for (const { text } of readLines(run.path('metrics'), {})) {
    const record = readMetricLine(text)
    if (record === undefined) continue
    // A batch never ends within a step.
    if (records.length >= BATCH && records.at(-1)?.step !== record.step) {
      yield records
      records = []
    }
    records.push(record)
  }
  yield records
}
