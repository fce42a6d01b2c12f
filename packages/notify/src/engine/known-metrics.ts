import { createNames, type Names } from '@hotcb/expr'
import { createLineWindow, directionOf, guessKeyMetric, type LineWindow } from '@hotcb/metrics/judge'
import type { MetricWindows } from './metric-judge.ts'

/** A run's metrics as they arrive: their names, and windows of those that rules use. */
export interface KnownMetrics extends MetricWindows {
  readonly names: Names
  /** Returns the metric for rules that do not name one; undefined until there is one. */
  keyMetric(): string | undefined
  /** Returns the metric that a rule names. The name may be simplified: `val_loss` finds `val/loss`. */
  find(name: string): string | undefined
  /** Adds one record. */
  push(step: number, metrics: Readonly<Record<string, number | null>>): void
}

/**
 * @param keyMetric The key metric in the run document; null if it does not name one.
 * @param keep The minimum number of values that are kept for each metric.
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
          // This is more than any real run has. Additional metrics are ignored, so that memory use stays bounded.
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
