import { createNames, type Names } from '@hotcb/expr'
import { createLineWindow, directionOf, guessKeyMetric, type LineWindow } from '@hotcb/metrics/judge'
import type { MetricWindows } from './metric-judge.ts'

/** The metrics of a run as they come: their names, and windows of those that rules ask for. */
export interface KnownMetrics extends MetricWindows {
  readonly names: Names
  /** The metric that rules without one are about; undefined before there is one. */
  keyMetric(): string | undefined
  /** The metric that a rule names, which may be written bare: `val_loss` finds `val/loss`. */
  find(name: string): string | undefined
  /** Takes one record. */
  push(step: number, metrics: Readonly<Record<string, number | null>>): void
}

/**
 * @param keyMetric As the run document names it; null if it does not.
 * @param keep How many values of each metric are kept at least.
 */
export function createKnownMetrics(keyMetric: string | null, keep: number): KnownMetrics {
  const names = createNames('rule')
  const windows = new Map<string, LineWindow>()
  let guessed: string | undefined
  const known: KnownMetrics = {
    names,
    get: (name) => windows.get(name),
    keyMetric: () => (keyMetric === null ? guessed : known.find(keyMetric)),
    find: (name) => names.find(name, false)?.real,
    push(step, metrics) {
      for (const [name, value] of Object.entries(metrics)) {
        let window = windows.get(name)
        if (window === undefined) {
          // More than any real run has: further metrics are ignored, so that memory stays bounded.
          if (windows.size >= MOST_METRICS) continue
          window = createLineWindow({ sign: directionOf(name) === 'max' ? -1 : 1, keep })
          windows.set(name, window)
          names.add(name)
          guessed = guessKeyMetric(windows.keys())
        }
        window.push(step, value)
      }
    },
  }
  return known
}

const MOST_METRICS = 2000
