import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTuneMutation, readTuneSegment } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { cidOf } from '../src/index.ts'
import { openTuner } from '../src/node.ts'
import { ledger, own, runDir, storyAt } from './run-dir.ts'
import { train } from './training.ts'

test('a tuner that is off changes nothing and writes nothing', () => {
  const dir = runDir()
  train({ dir, until: 200, modules: [openTuner(dir)] })
  expect(ledger(dir).map(({ op }) => op)).toEqual(['attempt'])
})

test('a tuner in mode `observe` proposes nothing and judges the changes that others make', () => {
  const dir = runDir()
  train({
    dir,
    until: 250,
    modules: [openTuner(dir, { mode: 'observe' })],
    before: (step, kernel) => {
      if (step === 100) kernel.submit({ module: 'opt', op: 'set_params', params: { lr: 0.05 }, source: 'cli' })
    },
  })
  expect(own(dir, 'propose')).toEqual([])
  const set = ledger(dir).find(({ source, op }) => source === 'cli' && op === 'set_params')
  expect(own(dir, 'judge').map(({ params }) => params)).toMatchObject([{ of: set?.seq, decision: 'accepted', key: 'lr' }])
  expect(storyAt(dir).watchedJudgements).toHaveLength(1)
}) // biome-ignore format: more readable

test('a suggestion changes nothing until a person accepts it by its cid; then it is judged like any other', () => {
  const dir = runDir()
  let accepted = 0
  const { lr } = train({
    dir,
    until: 200,
    modules: [openTuner(dir, { mode: 'suggest' })],
    before: (step, kernel) => {
      const waits = storyAt(dir).mutations.find(({ state }) => state === 'suggested')
      if (accepted > 0 || waits === undefined || step < waits.step + 25) return
      expect(ledger(dir).some(({ op }) => op === 'set_params')).toBe(false)
      accepted = step
      const { module, key, from, to } = waits
      kernel.submit({ module, op: 'set_params', params: { [key]: to }, expect: { [key]: from }, cid: cidOf(waits.id), source: 'cli', author: 'ann' })
    },
  })
  expect(accepted).toBeGreaterThan(0)
  const [first] = storyAt(dir).mutations
  expect(first).toMatchObject({ appliedStep: accepted, judgement: { decision: 'accepted' } })
  expect(lr).toBe(first?.to)
}) // biome-ignore format: more readable

test("the files for readers have hotcb 2's format, and are the same after a restart", () => {
  const dir = runDir()
  train({ dir, until: 300, saveEvery: 100 })
  const read = () =>
    ['mutations.jsonl', 'segments.jsonl'].map((name) => readFileSync(join(dir, `hotcb.tune.${name}`), 'utf8'))
  const [mutations = '', segments = ''] = read()
  const lines = (text: string) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line)) // biome-ignore format: one line
  for (const line of lines(mutations)) expect(readTuneMutation(line)).toEqual({ ok: true, value: line })
  for (const line of lines(segments)) expect(readTuneSegment(line)).toEqual({ ok: true, value: line })
  expect(lines(mutations)[0]).toMatchObject({ mutation_id: 'm_00001', actuator: 'opt', patch: { op: 'lr_mult' }, status: 'applied' })
  const summary = JSON.parse(readFileSync(join(dir, 'hotcb.tune.summary.json'), 'utf8'))
  const story = storyAt(dir)
  const judged = story.mutations.filter(({ judgement }) => judgement !== null)
  expect(summary).toMatchObject({ total_mutations: story.mutations.length, mode: 'active' })
  expect(summary.accept_rate).toBeCloseTo(judged.filter(({ state }) => state === 'accepted').length / judged.length, 9)
  train({ dir, until: 301, saveEvery: 100 })
  const [after = ''] = read()
  expect(after.startsWith(mutations)).toBe(true)
}) // biome-ignore format: more readable

test('a recipe with a mistake keeps the tuner off, and the log shows where it is', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.tune.recipe.yaml'), 'search:\n  algoritm: tpe\n')
  const { notes } = train({ dir, until: 200 })
  expect(notes.join('\n')).toContain('hotcb.tune.recipe.yaml:2:3: `search.algoritm` is not a key of a tuner recipe: did you mean `algorithm`?')
  expect(ledger(dir).filter(({ module }) => module === 'tune')).toEqual([])
}) // biome-ignore format: more readable

test('a recipe in the run directory is found automatically, and every field of a knob has an effect', () => {
  const dir = runDir()
  writeFileSync(
    join(dir, 'hotcb.tune.recipe.yaml'),
    'objective: {primary: val/loss}\nactuators:\n  opt:\n    mutations:\n      lr_mult: {bounds: [0.5, 2], max_step_mult: 1.5, range: [0.001, 0.03], cooldown: 4}\n',
  )
  train({ dir, until: 400 })
  const moves = storyAt(dir).mutations
  expect(moves.length).toBeGreaterThan(2)
  for (const { key, from, to } of moves) {
    expect(key).toBe('lr')
    expect(to).toBeLessThanOrEqual(0.03)
    expect(to / from).toBeLessThanOrEqual(1.5 + 1e-6)
  }
  for (const [i, { step }] of moves.slice(1).entries()) expect(step - (moves[i]?.judgement?.step ?? 0)).toBeGreaterThanOrEqual(39)
}) // biome-ignore format: more readable

test('`tune set` changes an option by its dotted name, can be undone, and suggests the nearest name for an unknown one', () => {
  const dir = runDir()
  train({
    dir,
    until: 60,
    before: (step, kernel) => {
      const set = (params: Record<string, number>) => kernel.submit({ module: 'tune', op: 'set', params })
      if (step === 10) set({ 'acceptance.epsilon': 0.5 })
      if (step === 20) set({ 'acceptance.epsilo': 1 })
      if (step === 30) set({ 'acceptance.epsilon': -1 })
      if (step === 40) kernel.submit({ module: 'core', op: 'revert' })
    },
  })
  const sets = ledger(dir).filter(({ module, op }) => module === 'tune' && op === 'set')
  expect(sets.map(({ decision, error }) => [decision, error])).toEqual([
    ['applied', null],
    ['failed', '`acceptance.epsilo` is not a tuner setting: did you mean `acceptance.epsilon`?'],
    ['failed', '`acceptance.epsilon` must be a number >= 0, got -1'],
    ['applied', null],
  ])
  expect(storyAt(dir).settings).toEqual({ 'acceptance.epsilon': 0.001 })
})

test('an unknown mode is refused, and for `replay` the message refers to recipes', () => {
  const dir = runDir()
  train({
    dir,
    until: 40,
    before: (step, kernel) => {
      if (step === 10) kernel.submit({ module: 'tune', op: 'enable', params: { mode: 'activ' } })
      if (step === 20) kernel.submit({ module: 'tune', op: 'enable', params: { mode: 'replay' } })
      if (step === 30)
        appendFileSync(join(dir, 'hotcb.commands.jsonl'), '{"module": "tune", "op": "enable", "mode": "suggest"}\n')
    },
  })
  const errors = ledger(dir).flatMap(({ op, error }) => (op === 'enable' && error !== null ? [error] : []))
  expect(errors).toEqual([
    '`mode` must be off, observe, suggest, active, got "activ": did you mean `active`?',
    'there is no mode `replay`; replay a recipe from the run to repeat its changes without a tuner',
    'the mode belongs in `params`, as {"mode": "suggest"}',
  ])
})

test('a training run that diverges from the start goes back to it, finds a rate that learns, and is tuned from there', () => {
  const dir = runDir()
  const { lr } = train({
    dir,
    until: 400,
    total: 2000,
    before: (step, kernel) => {
      if (step === 0 && ledger(dir).length < 4) {
        kernel.submit({ module: 'opt', op: 'set_params', params: { lr: 0.9 }, source: 'cli' })
      }
    },
  })
  const kinds = own(dir, 'rescue').map(({ params }) => params?.['kind'])
  expect(kinds).toContain('rung')
  expect(kinds.at(-1)).toBe('settle')
  expect(lr).toBeLessThan(0.4)
  // The tuner keeps the rate half a decade below the lowest rate that diverged.
  const { ceiling, mutations } = storyAt(dir)
  expect(ceiling).toEqual({ module: 'opt', key: 'lr', value: Number((0.9 / Math.sqrt(10) / 1.3).toPrecision(6)) })
  expect(mutations.length).toBeGreaterThan(0)
  expect(mutations.filter(({ key, to }) => key === 'lr' && to > (ceiling?.value ?? 0))).toEqual([])
}) // biome-ignore format: more readable

test('a tuner that pauses after rejections reports how to resume it, and `tune enable` makes it propose again', () => {
  const dir = runDir()
  writeFileSync(
    join(dir, 'hotcb.tune.recipe.yaml'),
    'objective: {primary: val_loss}\nphases: {mid: {}}\nactuators: {opt: {keys: {lr: {bounds: [0.5, 2]}}}}\nsafety: {max_global_reject_streak: 1}\n',
  )
  let enabledAt = 0
  train({
    dir,
    until: 320,
    before: (step, kernel, training) => {
      const { mutations, restingIn } = storyAt(dir)
      // The objective no longer falls while the first change is judged.
      if (mutations.length === 1 && mutations[0]?.state === 'applied') training.excess = 1.9
      if (restingIn === null || step < 150) return
      if (step === 150) kernel.submit({ module: 'tune', op: 'status' })
      if (step === 200) {
        enabledAt = step
        kernel.submit({ module: 'tune', op: 'enable', params: { mode: 'active' }, source: 'cli' })
      }
    },
  })
  const because = own(dir, 'status').map(({ payload }) => JSON.stringify(payload))
  expect(because.join()).toContain('it has paused after a rejection; it will resume in the next phase, or after `hotcb tune enable`')
  expect(enabledAt).toBe(200)
  const steps = own(dir, 'propose').map(({ step }) => step ?? 0)
  const [first = 0] = own(dir, 'judge').map(({ step }) => step ?? 0)
  expect(steps.filter((step) => step > first && step <= 200)).toEqual([])
  expect(steps.filter((step) => step > 200).length).toBeGreaterThan(0)
}) // biome-ignore format: more readable
