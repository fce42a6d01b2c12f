import { compareValues, type Report, type StudyDirection } from './trial.ts'

/**
 * An index over one trial's reports, for pruners. It is kept up to date as reports come in.
 *
 * Reports are only ever appended. An index reads each report once, so a query costs a binary search instead of another pass
 * over all steps. Steps may come in any order.
 */
export interface ReportIndex {
  /** The largest reported step; -Infinity if there is none. */
  readonly lastStep: number
  /** The mean of the values at steps up to `step`; NaN if there is none. */
  readonly meanUpTo: (step: number) => number
  /** The first report, in the order of reporting, whose step is at least `step`. */
  readonly firstFrom: (step: number) => Report | undefined
  /** The best value at steps up to `step`; NaN if there are no values except NaN. */
  readonly bestUpTo: (step: number, direction: StudyDirection) => number
}

const known = new WeakMap<readonly Report[], MutableIndex>()

/** Returns the index for a trial's list of reports. */
export function indexReports(reports: readonly Report[]): ReportIndex {
  let index = known.get(reports)
  if (index === undefined || index.count > reports.length) {
    index = new MutableIndex()
    known.set(reports, index)
  }
  index.read(reports)
  return index
}

class MutableIndex implements ReportIndex {
  count = 0
  lastStep = -Infinity
  /** Steps in ascending order. The sums, minima and maxima cover all steps up to the same position. */
  readonly #steps: number[] = []
  readonly #values: number[] = []
  readonly #sums: number[] = []
  readonly #least: number[] = []
  readonly #most: number[] = []
  /** The reports whose step is larger than all earlier steps. */
  readonly #records: Report[] = []

  read(reports: readonly Report[]): void {
    for (; this.count < reports.length; this.count++) {
      const report = reports[this.count]
      if (report !== undefined) this.#add(report)
    }
  }

  meanUpTo(step: number): number {
    const count = upperBound(this.#steps, step)
    return count === 0 ? Number.NaN : (this.#sums[count - 1] ?? Number.NaN) / count
  }

  bestUpTo(step: number, direction: StudyDirection): number {
    const count = upperBound(this.#steps, step)
    return (direction === 'minimize' ? this.#least : this.#most)[count - 1] ?? Number.NaN
  }

  firstFrom(step: number): Report | undefined {
    let [low, high] = [0, this.#records.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#records[middle]?.step ?? Infinity) < step) low = middle + 1
      else high = middle
    }
    return this.#records[low]
  }

  #add(report: Report): void {
    const place = upperBound(this.#steps, report.step)
    this.#steps.splice(place, 0, report.step)
    this.#values.splice(place, 0, report.value)
    // Steps mostly come in order, so this is usually one iteration.
    for (let i = place; i < this.#steps.length; i++) {
      const value = this.#values[i] ?? Number.NaN
      this.#sums[i] = (this.#sums[i - 1] ?? 0) + value
      this.#least[i] = better(this.#least[i - 1] ?? Number.NaN, value, 'minimize')
      this.#most[i] = better(this.#most[i - 1] ?? Number.NaN, value, 'maximize')
    }
    if (report.step > this.lastStep) {
      this.lastStep = report.step
      this.#records.push(report)
    }
  }
}

function better(a: number, b: number, direction: StudyDirection): number {
  return compareValues(b, a, direction) < 0 ? b : a
}

/** Returns the number of ascending `steps` that are at most `step`. */
function upperBound(steps: readonly number[], step: number): number {
  if (step >= (steps.at(-1) ?? -Infinity)) return steps.length
  let [low, high] = [0, steps.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((steps[middle] ?? Infinity) <= step) low = middle + 1
    else high = middle
  }
  return low
}
