import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { draftConfig, readConfig, readHydraWords, readWandbSweep, type SweepConfig } from '../src/index.ts'
import { initWorkspace } from '../src/node.ts'

const made: string[] = []
afterEach(() => {
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true })
})

function configOf(draft: ReturnType<typeof readWandbSweep>): SweepConfig {
  if (!draft.ok) throw new Error(draft.message)
  const reading = readConfig(draftConfig('moved', 'a test', draft.value))
  if (!reading.ok) throw new Error(reading.problems.map(({ field, message }) => `${field}: ${message}`).join('; '))
  return reading.config
}

const WANDB = `program: train.py
method: bayes
run_cap: 40
metric: {name: val/loss, goal: minimize}
early_terminate: {type: hyperband, min_iter: 3, max_iter: 27, eta: 3}
parameters:
  lr: {distribution: log_uniform_values, min: 1e-5, max: 0.1}
  optimizer: {values: [adam, sgd, "no"]}
  epochs: {value: 27}
  depth: {min: 1, max: 5}
  dropout: {min: 0.0, max: 0.5}
  batch: {distribution: q_uniform, q: 8, min: 8, max: 64}
  noise: {distribution: normal, mu: 0, sigma: 0.1}
  model: {parameters: {width: {values: [64, 128]}}}
`

test('a Weights & Biases sweep becomes a config with the same ranges, objective and early stopping', () => {
  const config = configOf(readWandbSweep(WANDB))
  expect(config.parameters.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'lr continuous',
    'optimizer discrete',
    'depth int',
    'dropout continuous',
    'batch int',
    'noise normal',
    'model.width discrete',
  ])
  expect(config.parameters[0]).toMatchObject({ low: 1e-5, high: 0.1, isLog: true })
  expect(config.parameters[1]).toMatchObject({ values: [{ value: 'adam' }, { value: 'sgd' }, { value: 'no' }] })
  expect(config.parameters[4]).toMatchObject({ low: 8, high: 64, step: 8 })
  expect(config.staticOverrides).toEqual(['epochs=27'])
  expect(config.search).toMatchObject({ method: 'tpe', trials: 40 })
  expect(config.objective).toMatchObject({ metric: 'val/loss', direction: 'min' })
  expect(config.halving).toMatchObject({ minSteps: 3, budget: 27, eta: 3, mode: 'asha' })
})

test('settings without an equivalent are refused by name, and other files are not mistaken for a sweep', () => {
  const strange = readWandbSweep('method: random\nparameters:\n  x: {distribution: beta, alpha: 1}\n')
  expect(strange).toEqual({
    ok: false,
    message: 'parameters.x: {"distribution":"beta","alpha":1} has no equivalent here; convert it by hand',
  })
  expect(readWandbSweep('name: x\n')).toMatchObject({ ok: false })
})

test("Hydra's multirun overrides become parameters and overrides", () => {
  const words = `--multirun lr=tag(log,interval(1e-5,0.1)) model=a,b seed=range(1,6,2) n=int(interval(1,9)) +x='choice(1, 2)' data=mnist hydra.run.dir=out`
  const config = configOf(readHydraWords(words.replaceAll("'", '')))
  expect(config.parameters.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'lr continuous',
    'model discrete',
    'seed int',
    'n int',
    'x discrete',
  ])
  expect(config.parameters[0]).toMatchObject({ low: 1e-5, high: 0.1, isLog: true })
  expect(config.parameters[2]).toMatchObject({ low: 1, high: 5, step: 2 })
  expect(config.staticOverrides).toEqual(['data=mnist'])
  expect(configOf(readHydraWords('lr=0.1,0.01 opt=sgd,adam')).grid).toEqual({ kind: 'all' })
  expect(readHydraWords('lr=0.1')).toEqual({
    ok: false,
    message: 'none of the overrides has more than one value, as in lr=0.1,0.01',
  })
})

test('init --from writes a config, and a launcher that passes the values on like the original sweep', () => {
  const root = mkdtempSync(join(tmpdir(), 'import-'))
  made.push(root)
  writeFileSync(join(root, 'wandb.yaml'), WANDB)
  initWorkspace(join(root, 'a'), { from: join(root, 'wandb.yaml'), hotcb: 'hotcb' })
  expect(readFileSync(join(root, 'a/launch.sh'), 'utf8')).toMatch(/^exec python train\.py "\$\{ARGS\[@\]\}"$/m)
  expect(readFileSync(join(root, 'a/hyperherd.yaml'), 'utf8')).toContain('# Created from wandb.yaml by `herd init`.')
  initWorkspace(join(root, 'b'), { from: 'lr=0.1,0.01', hotcb: 'hotcb' })
  expect(readFileSync(join(root, 'b/launch.sh'), 'utf8')).toContain('exec python train.py $1')
  expect(() => initWorkspace(join(root, 'c'), { from: 'missing.yaml', hotcb: 'hotcb' })).toThrow(
    'is neither an existing file',
  )
})
