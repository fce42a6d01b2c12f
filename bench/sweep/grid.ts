import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createDigitsTrainer, type OptimizerKind } from '../../packages/demos/src/index.ts'

/** One of the 81 combinations. */
export interface Combination {
  readonly lr: number
  readonly optimizer: OptimizerKind
  readonly width: number
  readonly batch: number
}

/** A whole training run of a combination: its reports and their steps. */
export interface Training {
  readonly seed: number
  readonly i: number
  readonly combination: Combination
  readonly points: readonly { readonly step: number; readonly loss: number; readonly accuracy: number }[]
}

/** Steps after which a training run reports: those at which trials are compared, and its end. */
export const REPORTS = [30, 90, 270, 810] as const
export const BUDGET = 810

const RATES = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1]

/** Nine rates, three networks, three ways to update them: 81. */
export const GRID: readonly Combination[] = RATES.flatMap((lr) =>
  [8, 24, 64].flatMap((width) =>
    (
      [
        ['sgd', 32],
        ['sgd', 8],
        ['adam', 32],
      ] as const
    ).map(([optimizer, batch]): Combination => ({ lr, optimizer, width, batch })),
  ),
)

/** Trains the combinations that are not in the file yet, and adds a line for each one. */
export async function trainGrid(path: string, seeds: readonly number[]): Promise<void> {
  const done = new Set(readTrainings(path).map(({ seed, i }) => `${seed}/${i}`))
  for (const seed of seeds) {
    for (const [i, combination] of GRID.entries()) {
      if (done.has(`${seed}/${i}`)) continue
      const points = await train(combination, seed)
      appendFileSync(path, `${JSON.stringify({ seed, i, combination, points } satisfies Training)}\n`)
      console.error(`seed ${seed}, combination ${i}: ${JSON.stringify(points.at(-1))}`)
    }
  }
}

async function train({ lr, optimizer, width, batch }: Combination, seed: number): Promise<Training['points']> {
  const trainer = await createDigitsTrainer({ seed, optimizer, lr, hidden: [width], batchSize: batch })
  const points: Training['points'][number][] = []
  for (let step = 1; step <= BUDGET; step++) {
    trainer.trainStep(step - 1)
    if (!REPORTS.some((one) => one === step)) continue
    const { loss, accuracy } = trainer.evaluate()
    points.push({ step, loss: Number.isFinite(loss) ? loss : 1e9, accuracy })
  }
  trainer.dispose()
  return points
}

export function readTrainings(path: string): readonly Training[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  return lines.map((line): Training => JSON.parse(line))
}
