import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { explainMutation } from '../src/index.ts'
import { type EvaluateFrom, openTuner } from '../src/node.ts'
import { ledger, own, runDir, storyAt } from './run-dir.ts'
import { type Attempt, train, trainAgain } from './training.ts'

/** A tuned training run whose trainer offers `evaluateFrom`. */
function tuned(dir: string, evaluateFrom: EvaluateFrom, options: Partial<Attempt> = {}) {
  const { before, ...rest } = options
  return train({
    dir,
    until: 320,
    modules: [openTuner(dir, { mode: 'active', evaluateFrom })],
    before(step, kernel, training) {
      if (step === 0) kernel.submit({ module: 'tune', op: 'set', params: { 'acceptance.twin': true }, cid: 'wanted' })
      before?.(step, kernel, training)
    },
    ...rest,
  })
}

test('a change is judged against the same steps without it, and the judge line contains the effect with its interval', () => {
  const dir = runDir()
  tuned(dir, trainAgain)
  const untouched = runDir()
  const values = new Map<number, number>()
  train({ dir: untouched, until: 200, modules: [], before: (step, _kernel, training) => values.set(step - 1, training.val(step - 1)) })
  const [line] = own(dir, 'judge')
  const [first] = storyAt(dir).mutations
  const { with: withIt = 0, without = 0, difference = 0, low = 0, high = 0, steps = 0, pairs } = first?.twin ?? {}
  const until = (first?.appliedStep ?? 0) + steps
  expect(line?.payload?.['effect']).toEqual(first?.twin)
  // Without the change, training would have continued like the undisturbed run.
  expect(without).toBeCloseTo(values.get(until) ?? Number.NaN, 5)
  expect(difference).toBeCloseTo(Math.log(withIt / without), 4)
  expect([low < difference, difference < high, high < 0]).toEqual([true, true, true])
  // The verdict is submitted at the next safe point.
  expect(line?.step).toBe(until + 1)
  expect(first?.judgement).toMatchObject({ decision: 'accepted', n: pairs })
  expect(first?.judgement?.score).toBeCloseTo(-difference / (pairs ?? 0), 5)
  if (first === undefined) throw new Error('it tried nothing')
  expect(explainMutation(first).join('\n')).toMatch(/val_loss after \d+ steps: [\d.]+ with the change, [\d.]+ without it/)
}) // biome-ignore format: more readable

test('only the twin counts: a change without effect is rejected, however fast the objective falls', () => {
  const dir = runDir()
  // A copy that performs equally well without the change.
  const flatter: EvaluateFrom = (request) => trainAgain({ ...request, ops: [{ module: 'opt', op: 'set_params', params: { lr: 0.01 * Math.sqrt(10) } }] })
  tuned(dir, flatter, { until: 200 })
  const [first] = storyAt(dir).mutations
  expect(first?.judgement).toMatchObject({ decision: 'rejected', bad: null, n: 3 })
  expect(first?.twin?.difference).toBeCloseTo(0, 5)
}) // biome-ignore format: more readable

const FAILURES: readonly (readonly [name: string, evaluateFrom: EvaluateFrom, problem: string])[] = [
  ['throws', () => { throw new Error('out of memory') }, 'out of memory'],
  ['returns nothing', (() => undefined) as unknown as EvaluateFrom, 'it must return [{ step, metrics }], got undefined'],
  ['returns steps without metrics', (() => [{ step: 1 }]) as unknown as EvaluateFrom, 'it must return [{ step, metrics }], got [{"step":1}]'],
  ['returns other steps', () => [{ step: 9999, metrics: { val_loss: 1 } }], 'it has no val_loss for steps'],
  ['returns text instead of a number', ({ checkpoint }) => [{ step: checkpoint.step, metrics: { val_loss: '0.1' } }], 'it has no val_loss for steps'],
  ['diverges', ({ checkpoint, steps }) => Array.from({ length: steps }, (_, index) => ({ step: checkpoint.step + index, metrics: { val_loss: Number.NaN } })), 'is not a finite number'],
  ['never answers', () => new Promise(() => undefined), 'it has not answered for 8 points'],
] // biome-ignore format: a table

test.each(FAILURES)('if `evaluateFrom` %s, one line reports it, and the change is judged by trend and noise', (_name, evaluateFrom, problem) => {
  const dir = runDir()
  const { notes } = tuned(dir, evaluateFrom, { until: 200 })
  const plain = runDir()
  train({ dir: plain, until: 200 })
  const [first] = storyAt(dir).mutations
  const [byTrend] = storyAt(plain).mutations
  expect(first?.judgement?.decision).toBe(byTrend?.judgement?.decision)
  expect(first?.twin).toBeNull()
  expect(first?.twinProblem).toContain(problem)
  const said = notes.filter((note) => note.includes('m_00001 was judged by trend and noise'))
  expect(said).toHaveLength(1)
  expect(said[0]).toContain(problem)
}) // biome-ignore format: more readable

test('a change by someone else during the steps makes a comparison impossible', () => {
  const dir = runDir()
  tuned(dir, trainAgain, {
    until: 200,
    before(step, kernel) {
      const open = storyAt(dir).mutations.find(({ state }) => state === 'applied')
      if (open?.appliedStep === step - 2) kernel.submit({ module: 'loss', op: 'set_params', params: { ce: 0.9 }, source: 'cli' })
    },
  })
  expect(storyAt(dir).mutations[0]).toMatchObject({ twin: null, twinProblem: 'something else was changed in the meantime' })
}) // biome-ignore format: more readable

test('a trainer without `evaluateFrom` refuses the option in one line; a recipe that has it falls back to judging by trend', () => {
  const dir = runDir()
  const { notes } = train({
    dir,
    until: 30,
    before: (step, kernel) => {
      if (step === 10) kernel.submit({ module: 'tune', op: 'set', params: { 'acceptance.twin': true } })
    },
  })
  const [set] = ledger(dir).filter(({ module, op }) => module === 'tune' && op === 'set')
  expect(set).toMatchObject({ decision: 'failed', error: '`acceptance.twin` needs a trainer that offers `evaluateFrom`, which this one does not' })
  expect(notes.join('\n')).not.toContain('has no effect')
  const other = runDir()
  writeFileSync(join(other, 'hotcb.tune.recipe.yaml'), 'acceptance: {twin: true}\n')
  expect(train({ dir: other, until: 30 }).notes.join('\n')).toContain('`acceptance.twin` has no effect because this trainer does not offer `evaluateFrom`')
}) // biome-ignore format: more readable

test('killed at any step, even just after a twin was trained, it reaches the same verdicts and effects', () => {
  const beliefs = (dir: string) =>
    storyAt(dir).mutations.map(({ id, to, state, judgement, twin }) => ({ id, to, state, score: judgement?.score, twin }))
  const whole = runDir()
  const uninterrupted = tuned(whole, trainAgain, { until: 220, saveEvery: 50 })
  const [judged = 0] = own(whole, 'judge').map(({ step }) => step ?? 0)
  for (const kill of [judged - 1, judged, judged + 1, 151]) {
    const dir = runDir()
    const first = tuned(dir, trainAgain, { until: kill, saveEvery: 50, isKilled: true })
    const then = tuned(dir, trainAgain, { until: 220, saveEvery: 50 })
    expect(beliefs(dir), `killed at ${kill}`).toEqual(beliefs(whole))
    expect([...new Map([...first.losses, ...then.losses])], `killed at ${kill}`).toEqual([...uninterrupted.losses])
  }
}) // biome-ignore format: more readable

test('a run that was judged by twins is replayed bit for bit without a tuner and without twins', () => {
  const dir = runDir()
  const run = tuned(dir, trainAgain)
  const exported = exportRecipe(ledger(dir))
  if (!exported.ok) throw new Error(exported.reason)
  const replayed = runDir()
  mkdirSync(replayed, { recursive: true })
  writeFileSync(join(replayed, 'hotcb.recipe.jsonl'), formatRecipe(exported.value.entries))
  writeFileSync(join(replayed, 'hotcb.freeze.json'), '{"mode":"replay","recipe_path":"hotcb.recipe.jsonl","policy":"strict"}\n')
  expect([...train({ dir: replayed, until: 320, modules: [] }).losses]).toEqual([...run.losses])
}) // biome-ignore format: more readable
