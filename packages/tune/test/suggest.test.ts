import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTuneMutation } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { rejectCommand, suggestedMutation, type TunerHistory } from '../src/index.ts'
import { openTuner } from '../src/node.ts'
import { ledger, own, runDir, storyAt } from './run-dir.ts'
import { EPOCH, train } from './training.ts'

/** Trains with a tuner that only suggests, and a person who rejects each suggestion a few steps later. */
function rejectAll(dir: string, options: { readonly until: number; readonly recipe?: string }): TunerHistory {
  if (options.recipe !== undefined) writeFileSync(join(dir, 'hotcb.tune.recipe.yaml'), options.recipe)
  train({
    dir,
    until: options.until,
    total: 2000,
    modules: [openTuner(dir, { mode: 'suggest' })],
    before: (step, kernel) => {
      const waiting = suggestedMutation(storyAt(dir))
      if (waiting?.step === step - 3) kernel.submit({ ...rejectCommand(waiting), source: 'cli', author: 'ann' })
    },
  })
  return storyAt(dir)
}

const ONE_KNOB = (more = '') =>
  `objective: {primary: val_loss}\nphases: {mid: {}}\nactuators: {opt: {keys: {lr: {bounds: [0.5, 4]}}}}\n${more}`

test('a rejected suggestion is not repeated: smaller ones follow after 2, 4, then 8 points, never with the same value', () => {
  const { mutations } = rejectAll(runDir(), { until: 500, recipe: ONE_KNOB() })
  const declined = mutations.filter(({ state }) => state === 'declined')
  expect(declined.length).toBeGreaterThan(4)
  expect(declined[0]).toMatchObject({ from: 0.01, to: 0.04, because: 'by ann' })
  expect(declined[1]?.to).toBeCloseTo(0.02, 6)
  const waits = declined.slice(1).map(({ step }, i) => Math.floor((step - (declined[i]?.declinedStep ?? 0)) / EPOCH))
  expect(waits.slice(0, 4)).toEqual([1, 3, 7, 7])
  const values = declined.map(({ to }) => to).sort((a, b) => a - b)
  for (const [i, value] of values.slice(1).entries()) expect(value / (values[i] ?? 0)).toBeGreaterThanOrEqual(1.05)
}) // biome-ignore format: more readable

test('if every value that may be suggested was rejected, nothing is suggested until the next phase', () => {
  const dir = runDir()
  const recipe = 'objective: {primary: val_loss}\nphases: {early: {end_frac: 0.1}, mid: {start_frac: 0.1}}\nactuators: {opt: {keys: {lr: {bounds: [2, 2]}}}}\n'
  const { mutations } = rejectAll(dir, { until: 260, recipe })
  expect(mutations.map(({ to, phase, state }) => ({ to, phase, state }))).toEqual([
    { to: 0.02, phase: 'early', state: 'declined' },
    { to: 0.02, phase: 'mid', state: 'declined' },
  ])
  const random = runDir()
  expect(rejectAll(random, { until: 190, recipe: `${recipe}search: {algorithm: random}\n` }).mutations).toHaveLength(1)
}) // biome-ignore format: more readable

test('a rejection does not affect other controls: the next suggestion moves another one', () => {
  const recipe = 'objective: {primary: val_loss}\nactuators: {opt: {keys: {lr: {}}}, loss: {keys: {ce: {}}}}\n'
  const { mutations } = rejectAll(runDir(), { until: 100, recipe })
  expect(mutations.map(({ key }) => key).slice(0, 2)).toEqual(['lr', 'ce'])
  const [first, second] = mutations
  expect((second?.step ?? 0) - (first?.declinedStep ?? 0)).toBeLessThan(EPOCH)
})

test('in active mode, a person rejects a suggestion for a risky control, and the tuner continues to tune the others', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.tune.recipe.yaml'), 'objective: {primary: val_loss}\nactuators: {opt: {keys: {lr: {}}}, loss: {keys: {ce: {risk: medium}}}}\nsearch: {algorithm: pattern}\n')
  train({
    dir,
    until: 500,
    before: (step, kernel) => {
      const waiting = suggestedMutation(storyAt(dir))
      if (waiting?.step === step - 1) kernel.submit({ ...rejectCommand(waiting), source: 'cli' })
    },
  })
  const { mutations } = storyAt(dir)
  expect(new Set(mutations.filter(({ state }) => state === 'declined').map(({ key }) => key))).toEqual(new Set(['ce']))
  expect(mutations.some(({ key, judgement }) => key === 'lr' && judgement !== null)).toBe(true)
}) // biome-ignore format: more readable

test('only a waiting suggestion can be rejected, in the ledger and in the files; any other id is refused in one line', () => {
  const dir = runDir()
  train({
    dir,
    until: 110,
    modules: [openTuner(dir, { mode: 'suggest' })],
    before: (step, kernel) => {
      const reject = (m: string) => kernel.submit({ module: 'tune', op: 'reject', params: { m }, source: 'cli' })
      if (step === 30) reject('m_00001')
      if (suggestedMutation(storyAt(dir))?.step === step - 1 && step < 80) {
        reject('m_00001')
        reject('m_00001')
      }
    },
  })
  const rejects = ledger(dir).filter(({ op }) => op === 'reject')
  expect(rejects.map(({ decision, error }) => [decision, error])).toEqual([
    ['failed', 'the tuner has no change "m_00001"'],
    ['applied', null],
    ['failed', 'm_00001 is not waiting for a person; it is declined'],
  ])
  expect(own(dir, 'reject')).toHaveLength(1)
  const lines = storyAt(dir).records.filter(({ kind }) => kind === 'mutation').map(({ line }) => line)
  expect(lines.slice(0, 2)).toMatchObject([
    { mutation_id: 'm_00001', status: 'suggested' },
    { mutation_id: 'm_00001', status: 'rejected' },
  ])
  for (const line of lines) expect(readTuneMutation(line)).toMatchObject({ ok: true })
}) // biome-ignore format: more readable

test('a rejection is remembered after a restart: the same suggestion is not repeated', () => {
  const run = (killAt: number | null) => {
    const dir = runDir()
    writeFileSync(join(dir, 'hotcb.tune.recipe.yaml'), ONE_KNOB())
    const options = {
      dir,
      total: 2000,
      saveEvery: 50,
      modules: [openTuner(dir, { mode: 'suggest' })],
      before: (step: number, kernel: Parameters<NonNullable<Parameters<typeof train>[0]['before']>>[1]) => {
        const waiting = suggestedMutation(storyAt(dir))
        if (waiting?.step === step - 3) kernel.submit({ ...rejectCommand(waiting), source: 'cli', cid: `no-${waiting.id}` })
      },
    }
    if (killAt !== null) train({ ...options, until: killAt, isKilled: true })
    train({ ...options, modules: [openTuner(dir, { mode: 'suggest' })], until: 220 })
    return storyAt(dir).mutations.map(({ id, to, state, step }) => ({ id, to, state, step }))
  }
  const whole = run(null)
  expect(whole.filter(({ state }) => state === 'declined').length).toBeGreaterThan(1)
  expect(run(85)).toEqual(whole)
}) // biome-ignore format: more readable
