import type { Training } from './training.ts'

/** The training run of one cell in the benchmark, without the seed. */
export type Cell = Omit<Training, 'seed' | 'budget'>

export const GOOD_RATE = 0.05
export const ADAM_RATE = 0.002
/** Learning rates at which training works well. */
export const GOOD_RATES: readonly number[] = [0.02, 0.03, 0.05, 0.1]
export const TOO_HIGH: readonly number[] = [12, 30, 60, 300]
export const ADAM_TOO_HIGH: readonly number[] = [30, 100]

// Two runs whose rates differ by a millionth differ only by chance.
const SAME_BUT_FOR_CHANCE = 1 + 1e-6
const BAD_BATCHES = [700, 711] as const

/** Cells by group, the most important first. */
export const GROUPS: Readonly<Record<string, Readonly<Record<string, Cell>>>> = {
  good: { [plain(GOOD_RATE)]: { lr: GOOD_RATE, hasRules: false } },
  high: cells(TOO_HIGH, (times) => [`x${times}`, { lr: GOOD_RATE * times, hasRules: true }]),
  data: {
    'data, rules': { lr: GOOD_RATE, hasRules: true, corrupt: BAD_BATCHES },
    'data, plain': { lr: GOOD_RATE, hasRules: false, corrupt: BAD_BATCHES },
  },
  settings: cells(GOOD_RATES, (lr) => [`rules ${lr}`, { lr, hasRules: true }]),
  plain: cells(GOOD_RATES, (lr) => [plain(lr), { lr, hasRules: false }]),
  adam: {
    'adam plain': { lr: ADAM_RATE, hasRules: false, optimizer: 'adam' },
    'adam rules': { lr: ADAM_RATE, hasRules: true, optimizer: 'adam' },
    ...cells(ADAM_TOO_HIGH, (times) => [
      `adam x${times}`,
      { lr: ADAM_RATE * times, hasRules: true, optimizer: 'adam' },
    ]),
    ...cells(ADAM_TOO_HIGH, (times) => [
      `adam untouched x${times}`,
      { lr: ADAM_RATE * times, hasRules: false, optimizer: 'adam' },
    ]),
  },
  aa: cells(GOOD_RATES, (lr) => [`aa ${lr}`, { lr: lr * SAME_BUT_FOR_CHANCE, hasRules: false }]),
  untouched: cells(TOO_HIGH, (times) => [`untouched x${times}`, { lr: GOOD_RATE * times, hasRules: false }]),
}

export function plain(lr: number): string {
  return `plain ${lr}`
}

function cells(
  values: readonly number[],
  cell: (value: number) => readonly [string, Cell],
): Readonly<Record<string, Cell>> {
  return Object.fromEntries(values.map(cell))
}
