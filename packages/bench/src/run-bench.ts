import type { Arm } from './arm.ts'
import { endLastLine, keepRow, type Row, readRows, rowKey } from './rows.ts'
import { DIGITS, type Suite } from './suite.ts'

/** Which training runs are made. */
export interface BenchPlan {
  /** @defaultValue the handwritten digits */
  readonly suite?: Suite
  /** Names of tasks of the suite. */
  readonly tasks: readonly string[]
  readonly arms: readonly Arm[]
  readonly seeds: readonly number[]
  /** Steps that each training run may compute. */
  readonly budget: number
  /** This process makes every `of`th training, from number `index` on. */
  readonly part: { readonly index: number; readonly of: number }
}

/** Where and how they are made. */
export interface BenchHost {
  /** The file of rows; what it has is not made again. */
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

/** All training runs of a plan: seed by seed, so that a bench which is ended early has equal seeds of everything. */
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

/** Makes the training runs that the file does not have yet, and adds each to it. Ends after the one under way when it is aborted. */
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
