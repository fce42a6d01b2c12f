// A recipe of 100,000 entries, and the comparison of two runs: `npx vitest bench --run packages/recipe`.
import { type MetricRecord, readOverlay } from '@hotcb/protocol'
import { bench, describe } from 'vitest'
import { createAgenda, formatRecipe, planReplay, readRecipe, verifyRuns } from '../src/index.ts'

const SIZE = 100_000
const entries = Array.from({ length: SIZE }, (_, i) => ({
  at: { step: i * 10, event: 'train_step_end', call: 0 },
  module: i % 3 === 0 ? 'loss' : 'opt',
  op: 'set_params',
  id: 'main',
  params: { [i % 3 === 0 ? 'recon' : 'lr']: 1e-3 + i * 1e-9 },
  seq: i + 2,
}))
const text = formatRecipe(entries)
const lines = text.split('\n').filter((line) => line !== '')
const overlay = readOverlay({
  patches: [
    { match: { module: 'opt', step_min: 1000 }, transform_params: { scale: { lr: 0.5 } } },
    { match: { module: 'loss' }, shift_step: 3 },
  ],
})
const read = readRecipe(text, { file: 'hotcb.recipe.jsonl' })
if (!read.ok || !overlay.ok) throw new Error('both can be read')

describe('a recipe of 100,000 entries', () => {
  bench('JSON.parse of its lines', () => {
    for (const line of lines) JSON.parse(line)
  })
  bench('load: read, plan, agenda', () => {
    const recipe = readRecipe(text, { file: 'hotcb.recipe.jsonl' })
    const plan = recipe.ok ? planReplay(recipe.value) : recipe
    if (!plan.ok) throw new Error(plan.reason)
    createAgenda(
      plan.value.entries.map((item) => ({ step: item.at.step, call: item.at.call ?? null, event: null, item })),
    )
  })
  bench('plan with an overlay of two patches', () => {
    planReplay(read.value, { overlay: overlay.value })
  })
})

describe('a plan of 100,000 entries, 1,000 steps', () => {
  const agenda = createAgenda(entries.map((item) => ({ step: item.at.step, call: 0, event: null, item })))
  const events = ['train_step_end']
  let step = 0
  bench('one due at every tenth step', () => {
    for (let i = 0; i < 1000; i++, step++) if (agenda.nextStep <= step) agenda.take(step, 0, events)
  })
})

describe('two runs of 100,000 steps, 3 metrics', () => {
  const metrics = Array.from(
    { length: SIZE },
    (_, step): MetricRecord => ({
      step,
      metrics: { loss: 1 / (step + 1), lr: 1e-3, 'time/step': step },
    }),
  )
  bench('verify', () => {
    verifyRuns({ metrics }, { metrics })
  })
})
