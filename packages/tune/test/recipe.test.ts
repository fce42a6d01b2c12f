import { expect, test } from 'vitest'
import { readTuneRecipe, readTuneRecipeText } from '../src/index.ts'
import { RECIPE_SHAPE } from '../src/recipe-shape.ts'
import { settingNames, withSettings } from '../src/settings.ts'

const problems = (text: string) => {
  const read = readTuneRecipeText(text, 'r.yaml')
  return read.ok ? [] : read.problems
}

test('an empty recipe has the defaults of hotcb 2', () => {
  const read = readTuneRecipe(null)
  expect(read.ok && read.recipe).toMatchObject({
    version: 1,
    objective: { primary: 'val/loss', mode: 'min', backup_metrics: [] },
    phases: {
      early: { start_frac: 0, end_frac: 0.2 },
      mid: { start_frac: 0.2, end_frac: 0.7 },
      late: { start_frac: 0.7, end_frac: 1 },
    },
    actuators: {},
    search: { algorithm: 'tpe', startup_trials: 8, candidate_count: 24, phase_conditioned: true },
    acceptance: { epsilon: 0.001, horizon: 'next_val_epoch_end', rollback_on_reject: true },
    safety: { block_on_nan: true, block_on_anomaly: true, max_global_reject_streak: 4 },
  })
})

test('a knob without fields has the defaults of hotcb 2', () => {
  const read = readTuneRecipeText('actuators:\n  opt:\n    mutations: {lr_mult: }\n', 'r.yaml')
  expect(read.ok && read.recipe.actuators['opt']?.mutations['lr_mult']).toEqual({
    bounds: [0.5, 2],
    prior_center: 1,
    cooldown: 1,
    risk: 'low',
    max_step_mult: null,
    mode: 'mult',
    range: null,
  })
})

test('an unknown key is reported with its position and the nearest key', () => {
  expect(problems('version: 1\nacceptance:\n  epsilom: 0.1\nactuators:\n  opt:\n    mutations:\n      lr_mult: {bound: [1, 2]}\n')).toEqual([
    'r.yaml:7:17: `actuators.opt.mutations.lr_mult.bound` is not a key of a tuner recipe: did you mean `bounds`?',
    'r.yaml:3:3: `acceptance.epsilom` is not a key of a tuner recipe: did you mean `epsilon`?',
  ])
}) // biome-ignore format: texts

test.each([
  ['objective: {mode: least}', '`objective.mode` must be one of min, max, got "least": min is usual'],
  ['search: {algorithm: tpee}', '`search.algorithm` must be one of tpe, pattern, random, got "tpee": did you mean `tpe`?'],
  ['search: {startup_trials: 2.5}', '`search.startup_trials` must be a whole number >= 0, got 2.5'],
  ['acceptance: {epsilon: -1}', '`acceptance.epsilon` must be a number >= 0, got -1'],
  ['acceptance: {horizon: n_steps}', '`acceptance.horizon` must be next_val_epoch_end, `500 steps` or `2 epochs`, got "n_steps"'],
  ['safety: {block_on_nan: 1}', '`safety.block_on_nan` must be true or false, got 1'],
  ['phases: {early: {start_frac: 0.5, end_frac: 0.2}}', '`phases.early` must begin before it ends, got 0.5 to 0.2'],
  ['phases: [1]', '`phases` must be an object, got [1]'],
  ['actuators: {opt: {keys: {lr: {bounds: [2, 1]}}}}', '`actuators.opt.keys.lr.bounds` must be two numbers in order, such as [0.5, 2], got [2,1]'],
  ['actuators: {opt: {keys: {lr: {bounds: [0, 2]}}}}', '`actuators.opt.keys.lr.bounds` must be factors > 0, got [0, 2]'],
  ['actuators: {opt: {keys: {lr: {risk: none}}}}', '`actuators.opt.keys.lr.risk` must be one of low, medium, high, got "none": low is usual'],
  ['actuators: {opt: {mutations: {lr: {}}}}', '`actuators.opt.mutations.lr` must end in _mult, _delta or _set, such as lr_mult: the rest is the key of a control'],
  ['objective: {backup_metrics: loss}', '`objective.backup_metrics` must be a list of strings, got "loss"'],
  ['version: 2', '`version` must be a whole number >= 1 and <= 1, got 2'],
])('%s is refused in one line', (text, reason) => {
  expect(problems(`${text}\n`).map((line) => line.replace(/^r\.yaml:\d+:\d+: /, ''))).toEqual([reason])
}) // biome-ignore format: a table

test('text that is not YAML is refused with its line', () => {
  expect(problems('a: [\n')).toEqual([expect.stringMatching(/^r\.yaml:2: /)])
  expect(problems('just text\n')).toHaveLength(1)
})

test('every field of a recipe is a setting, and an invalid setting is refused', () => {
  const read = readTuneRecipe({ actuators: { opt: { keys: { lr: {} } } } })
  if (!read.ok) throw new Error('must be read')
  const names = settingNames(read.recipe)
  expect(names).toContain('actuators.opt.keys.lr.range')
  expect(names).toContain('safety.rescue')
  expect(names.length).toBeGreaterThan(Object.keys(RECIPE_SHAPE).length)
  const document = { actuators: { opt: { keys: { 'terms.aux': {} } } } }
  const set = withSettings(document, { 'actuators.opt.keys.terms.aux.cooldown': 5, 'acceptance.most': 7 })
  expect(set.ok && set.value.actuators['opt']?.keys['terms.aux']?.cooldown).toBe(5)
  expect(set.ok && set.value.acceptance.most).toBe(7)
  expect(withSettings(null, { 'acceptance.most': 0 })).toMatchObject({ ok: false })
  expect(withSettings(null, { 'acceptance.mst': 1 })).toMatchObject({ ok: false })
})
