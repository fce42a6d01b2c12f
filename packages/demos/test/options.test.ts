import { expect, test } from 'vitest'
import { resolveOptions, type TrainerOptions } from '../src/digits/options.ts'

type Term = 'first' | 'second'
const MODEL = { lossWeights: { first: 1, second: 0 } }

const resolved = (options: TrainerOptions<Term>) => resolveOptions<Term>(MODEL, options, 100)

test('omitted options have their defaults', () => {
  const sgd = {
    ...{ seed: 0, optimizer: 'sgd', batchSize: 32, hidden: [64, 32], lr: 0.05, weightDecay: 0, clipNorm: 0 },
    ...{ momentum: 0.9, betas: [0.9, 0.999], lossWeights: { first: 1, second: 0 } },
  }
  expect(resolved({})).toEqual(sgd)
  expect(resolved({ optimizer: 'adam' })).toEqual({ ...sgd, optimizer: 'adam', lr: 0.002 })
})

test('options at their limits are accepted unchanged', () => {
  const least: TrainerOptions<Term> = {
    ...{ seed: Number.MAX_SAFE_INTEGER, batchSize: 1, hidden: [1], lr: 0, weightDecay: 0, clipNorm: 0, momentum: 0 },
    optimizer: 'adam',
    betas: [0, 0],
    lossWeights: { first: 0, second: 0 },
  }
  expect(resolved(least)).toEqual(least)
  const most: TrainerOptions<Term> = {
    ...{ seed: 0, batchSize: 100, hidden: [4096, 1], lr: 7, weightDecay: 8, clipNorm: 9, momentum: 0.999 },
    optimizer: 'sgd',
    betas: [0.999, 0.9],
    lossWeights: { first: 3, second: 4 },
  }
  expect(resolved(most)).toEqual(most)
  expect(resolved({ lossWeights: { second: 5 } }).lossWeights).toEqual({ first: 1, second: 5 })
})

const SEED = '`seed` must be a whole number from 0 to 9007199254740991, got'

test.each<[object, string]>([
  [{ seed: -1 }, `${SEED} -1`],
  [{ seed: 0.5 }, `${SEED} 0.5`],
  [{ seed: 2 ** 53 }, `${SEED} 9007199254740992`],
  [{ optimizer: 'rmsprop' }, '`optimizer` must be sgd or adam, got rmsprop'],
  [{ optimizer: 'toString' }, '`optimizer` must be sgd or adam, got toString'],
  [{ batchSize: 0 }, '`batchSize` must be a whole number from 1 to 100, got 0'],
  [{ batchSize: 101 }, '`batchSize` must be a whole number from 1 to 100, got 101'],
  [{ hidden: [] }, '`hidden` must name at least one layer, got []'],
  [{ hidden: [8, 0] }, '`hidden` must be a whole number from 1 to 4096, got 0'],
  [{ hidden: [4097] }, '`hidden` must be a whole number from 1 to 4096, got 4097'],
  [{ lr: -0.1 }, '`lr` must be a number >= 0, got -0.1'],
  [{ weightDecay: -1 }, '`weightDecay` must be a number >= 0, got -1'],
  [{ weightDecay: Number.POSITIVE_INFINITY }, '`weightDecay` must be a number >= 0, got Infinity'],
  [{ clipNorm: Number.NaN }, '`clipNorm` must be a number >= 0, got NaN'],
  [{ momentum: 1 }, '`momentum` must be >= 0 and < 1, got 1'],
  [{ momentum: -0.1 }, '`momentum` must be >= 0 and < 1, got -0.1'],
  [{ momentum: Number.NaN }, '`momentum` must be >= 0 and < 1, got NaN'],
  [{ betas: [1, 0.9] }, '`betas` must be >= 0 and < 1, got 1'],
  [{ betas: [0.9, -1] }, '`betas` must be >= 0 and < 1, got -1'],
  [{ lossWeights: { third: 1 } }, '`lossWeights` accepts first, second, got `third`'],
  [{ lossWeights: { second: -1 } }, '`lossWeights.second` must be a number >= 0, got -1'],
])('%o is refused with a description of valid values', (options, message) => {
  // The test passes invalid values on purpose.
  expect(() => resolved(options as TrainerOptions<Term>)).toThrow(new RangeError(message))
})

test.each(['seed', 'optimizer', 'batchSize', 'hidden', 'lr', 'weightDecay', 'clipNorm', 'momentum', 'betas'])(
  'a misspelled %s is refused with the name of the function',
  (name) => {
    const message = `\`createDigitsTrainer\` has no option \`${name}x\`: did you mean \`${name}\`?`
    expect(() => resolved({ [`${name}x`]: 1 } as object)).toThrow(new TypeError(message))
  },
)
