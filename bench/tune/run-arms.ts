import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { ARMS, type Arm, BUDGET, TASKS, type Task } from './tasks.ts'
import { trainTuned } from './train-tuned.ts'

/** One run of the benchmark. */
export interface ArmRun {
  readonly task: string
  readonly arm: string
  readonly seed: number
  /** Cross entropy on the test set at the end; null if it is not finite. */
  readonly loss: number | null
  readonly accuracy: number
  readonly rate: number
}

/** The runs in a file. */
export function readRuns<Run>(file: string): Run[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Run) // biome-ignore format: one line
}

/** Arms on tasks. */
interface Group {
  readonly tasks: readonly string[]
  readonly arms: readonly string[]
}

/** The runs of one pass: all groups of a seed before the next seed. */
export type Pass = readonly Group[]

/**
 * The tasks and arms of the main claims come first, and then those for comparison, so that a benchmark that is ended early has
 * the same seeds for each.
 */
export const PASSES: readonly Pass[] = [
  [{ tasks: ['low', 'high', 'good'], arms: ['nothing', 'again', 'other', 'tune'] }],
  [
    { tasks: ['low', 'high', 'good'], arms: ['halve', 'random'] },
    { tasks: ['plateau', 'adam-low'], arms: ['nothing', 'tune'] },
  ],
  [{ tasks: ['low', 'good'], arms: ['twin'] }],
  [
    { tasks: ['plateau', 'adam-low'], arms: ['halve', 'random'] },
    { tasks: ['adam-high'], arms: ['nothing', 'halve', 'random', 'tune'] },
  ],
]

/** Carries out the runs of some arms that a file lacks, seed by seed, and adds each one to it when it is done. */
export async function runArms(
  file: string,
  { seeds, arms, passes }: { readonly seeds: readonly number[]; readonly arms: readonly string[]; readonly passes: readonly Pass[] },
): Promise<void> {
  const done = new Set(readRuns<ArmRun>(file).map(({ task, arm, seed }) => `${task} ${arm} ${seed}`))
  for (const pass of passes) {
    const wanted = pass.flatMap(plannedRuns).filter(({ arm }) => arms.includes(arm.name))
    for (const seed of seeds) {
      for (const { task, arm } of wanted) {
        if (!done.has(`${task.name} ${arm.name} ${seed}`)) appendFileSync(file, `${JSON.stringify(await runArm(task, arm, seed))}\n`)
      }
    }
  }
} // biome-ignore format: more readable

function plannedRuns({ tasks, arms }: Group): readonly { readonly task: Task; readonly arm: Arm }[] {
  return TASKS.filter(({ name }) => tasks.includes(name)).flatMap((task) =>
    ARMS.filter((arm) => arms.includes(arm.name) && (arm.tasks?.includes(task.name) ?? true)).map((arm) => ({ task, arm })),
  )
} // biome-ignore format: more readable

/** Added to a seed for an arm that trains with other weights and batches. */
const OTHER_SEEDS = 10_000

async function runArm({ name, optimizer, lr, spoilt }: Task, arm: Arm, seed: number): Promise<ArmRun> {
  const start = lr * (arm.factor ?? 1)
  const drawn = arm.isOther ? OTHER_SEEDS + seed : seed
  const trained = await trainTuned({ optimizer, lr: start, seed: drawn, budget: BUDGET, steer: arm.steer, spoilt })
  const { loss, accuracy, rate } = trained
  return { task: name, arm: arm.name, seed, loss, accuracy, rate }
}
