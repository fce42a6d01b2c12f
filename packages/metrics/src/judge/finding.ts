/** `bad` needs attention now. `warn` is worth checking. */
export type FindingLevel = 'warn' | 'bad'

/** One notable fact about a run's metrics. */
export type MetricFinding =
  /** The last value of a metric is not finite. */
  | { readonly kind: 'not-finite'; readonly level: 'bad'; readonly metric: string; readonly step: number }
  /** A metric had values that are not finite; its last one is finite. */
  | {
      readonly kind: 'had-not-finite'
      readonly level: 'warn'
      readonly metric: string
      readonly count: number
      readonly points: number
    }
  /** A metric is getting worse. Contains the means of an earlier part of the curve and of its end. */
  | {
      readonly kind: 'worse'
      readonly level: FindingLevel
      readonly metric: string
      readonly isRising: boolean
      readonly before: number
      readonly now: number
    }
  /** A metric in an active training run no longer changes. */
  | { readonly kind: 'flat'; readonly level: 'warn'; readonly metric: string; readonly value: number }
  /** The validation loss is past its best value while the training loss is still falling. `excess` is a fraction: 0.2 is 20 %. */
  | {
      readonly kind: 'overfitting'
      readonly level: 'warn'
      readonly metric: string
      readonly training: string
      readonly bestStep: number
      readonly excess: number
    }
  /** Metrics other than those that were judged also end in a non-finite value. */
  | { readonly kind: 'many-not-finite'; readonly level: 'warn'; readonly count: number }

/**
 * Describes a finding in one line.
 *
 * @param showNumber Formats a number to the given significant digits. Default: as short as possible.
 */
export function describeFinding(
  finding: MetricFinding,
  showNumber: (value: number, digits: number) => string = shortest,
): string {
  switch (finding.kind) {
    case 'not-finite':
      return `${finding.metric} is not finite at step ${finding.step}`
    case 'had-not-finite':
      return `${finding.metric} was not finite at ${finding.count} of ${finding.points} points`
    case 'worse': {
      const verb = finding.isRising ? 'rises' : 'falls'
      return `${finding.metric} ${verb}: ${showNumber(finding.before, 4)} → ${showNumber(finding.now, 4)}`
    }
    case 'flat':
      return `${finding.metric} no longer changes, at ${showNumber(finding.value, 4)}`
    case 'overfitting': {
      const percent = showNumber(finding.excess * 100, 2)
      return `${finding.metric} is ${percent} % above its best (step ${finding.bestStep}) while ${finding.training} falls: overfitting`
    }
    case 'many-not-finite':
      return `${finding.count} metrics are not finite at their last step`
    default:
      return finding satisfies never
  }
}

function shortest(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)))
}
