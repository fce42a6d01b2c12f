import type { Arm } from './arm.ts'
import { endLastLine, keepRow, type Row, readRows, rowKey } from './rows.ts'
import { DIGITS, type Suite } from './suite.ts'

/** The training runs to carry out. */
export interface BenchPlan {
  /** @defaultValue the handwritten digits */
  readonly suite?: Suite
  /** The names of tasks in the suite. */
  readonly tasks: readonly string[]
  readonly arms: readonly Arm[]
  readonly seeds: readonly number[]
  /** The number of steps that each training run may compute. */
  readonly budget: number
  /** This process carries out every `of`th training run, starting at number `index`. */
  readonly part: { readonly index: number; readonly of: number }
}

/** The file for the training runs, and their environment. */
export interface BenchHost {
  /** The file that contains the rows. Training runs that it already contains are not repeated. */
  readonly file: string
  /** Seconds of a clock that only goes forward. */
  readonly clock: () => number
  readonly signal?: AbortSignal
  readonly onRow?: (row: Row, done: number, all: number) => void
}

interface Planned {
  readonly task: string
  readonly arm: Arm
  readonly seed: number
}

/**
 * Returns all training runs in a plan, seed by seed, so that a bench that is stopped early has the same seeds for all tasks and arms.
 */
export function plannedRuns({
  suite = DIGITS,
  tasks,
  arms,
  seeds,
}: Omit<BenchPlan, 'budget' | 'part'>): readonly Planned[] {
  return seeds.flatMap((seed) =>
    suite.tasks
      .filter(({ name }) => tasks.includes(name))
      .flatMap(({ name: task }) =>
        arms.filter(({ tasks: only }) => only?.includes(task) ?? true).map((arm) => ({ task, arm, seed })),
      ),
  )
}

/**
 * Carries out the training runs that are missing from the file, and adds each one to it. If it is aborted, it stops after the current one.
 */
export async function runBench(plan: BenchPlan, { file, clock, signal, onRow }: BenchHost): Promise<void> {
  const { budget, part, suite = DIGITS } = plan
  const all = plannedRuns(plan).filter((_, at) => at % part.of === part.index)
  endLastLine(file)
  const known = new Set(readRows(file).map(rowKey))
  for (const [at, { task, arm, seed }] of all.entries()) {
    if (signal?.aborted === true) return
    const planned = { task, arm: arm.name, seed, budget, ...(arm.model !== undefined && { model: arm.model }) }
    if (known.has(rowKey(planned))) continue
    const trained = await suite.train({ task, arm, seed, budget, clock })
    const row = { ...planned, ...trained }
    keepRow(file, row)
    onRow?.(row, at + 1, all.length)
  }
}
