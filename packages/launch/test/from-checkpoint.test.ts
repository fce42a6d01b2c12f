import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRunDirectory } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { planLaunch } from '../src/index.ts'
import { readChanges, sendChanges } from '../src/node/branch-changes.ts'
import { branchedDocument, copyCheckpoint, findOrigin, requireStepsLeft } from '../src/node/from-checkpoint.ts'

const TRAININGS = {
  simple: {
    description: '',
    argv: ['true'],
    maxSteps: 500,
    stepDelaySeconds: 0,
    keyMetric: 'val_loss',
    writesRun: true,
  },
}

/** Creates a run with checkpoints that have these tags and steps. */
function parent(
  checkpoints: Readonly<Record<string, number>>,
  name = 'first',
): { readonly cwd: string; readonly dir: string } {
  const cwd = mkdtempSync(join(tmpdir(), 'hotcb-branch-'))
  onTestFinished(() => removeDirectory(cwd))
  const dir = join(cwd, name)
  mkdirSync(dir)
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), '')
  writeFileSync(
    join(dir, 'hotcb.run.json'),
    JSON.stringify({
      run_id: 'first',
      config: 'finetune new_from=20',
      max_steps: 60,
      seed: 7,
      origin: ORIGIN,
      key_metric: 'val_accuracy',
    }),
  )
  for (const [tag, step] of Object.entries(checkpoints)) {
    const folder = join(dir, 'hotcb.checkpoints', tag)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'meta.json'), JSON.stringify({ step, seq: step + 1 }))
    writeFileSync(join(folder, 'weights.bin'), `weights of ${tag}`)
  }
  return { cwd, dir }
}

test('RUN selects the checkpoint with the highest step, RUN:TAG a specific one, and a directory name may contain a colon', () => {
  const { cwd } = parent({ 'step-40': 40, best: 20 })
  expect(findOrigin('first', cwd)).toMatchObject({ tag: 'step-40', step: 40, seq: 41 })
  expect(findOrigin('first:best', cwd)).toMatchObject({ tag: 'best', step: 20, seq: 21 })
  const odd = parent({ best: 3 }, 'a:b')
  expect(findOrigin('a:b', odd.cwd)).toMatchObject({ tag: 'best' })
  expect(findOrigin('a:b:best', odd.cwd)).toMatchObject({ tag: 'best', step: 3 })
})

test('a missing checkpoint is refused with the ones that exist', () => {
  const { cwd, dir } = parent({ 'step-40': 40, best: 20 })
  expect(() => findOrigin('first:bset', cwd)).toThrow('`first` has no checkpoint `bset`: did you mean `best`?')
  expect(() => findOrigin('first:../step-40', cwd)).toThrow('has no checkpoint `../step-40`')
  rmSync(join(dir, 'hotcb.checkpoints'), { recursive: true })
  expect(() => findOrigin('first', cwd)).toThrow('`first` has no checkpoint to start from')
  expect(() => findOrigin('first:', cwd)).toThrow(
    'has no checkpoint after the colon: write `first:TAG`, or `first` for the latest checkpoint',
  )
  expect(() => findOrigin('second', cwd)).toThrow(/second/)
})

test('a new run must have steps left to train', () => {
  const origin = findOrigin('first', parent({ 'step-40': 40 }).cwd)
  expect(() => requireStepsLeft(origin, planLaunch({ config: 'simple', maxSteps: 41 }, TRAININGS))).not.toThrow()
  expect(() => requireStepsLeft(origin, planLaunch({ config: 'simple', maxSteps: 40 }, TRAININGS))).toThrow(
    'checkpoint `step-40` of `first` is at step 40, but the new run would end at step 40: set more steps',
  )
})

const ORIGIN = { command: ['train'], cwd: null, host: null, git: null, env: {} }

test('the checkpoint is copied completely, and the document names the parent and keeps its options', async () => {
  const { cwd, dir } = parent({ 'step-40': 40, best: 20 })
  const origin = findOrigin('first:best', cwd)
  const to = join(cwd, 'second')
  mkdirSync(to)
  await copyCheckpoint(origin, openRunDirectory(to))
  expect(readFileSync(join(to, 'hotcb.checkpoints/best/weights.bin'), 'utf8')).toBe('weights of best')
  const plan = planLaunch({ config: 'simple', maxSteps: 90 }, TRAININGS)
  expect(branchedDocument(origin, to, plan, { seed: 7, origin: ORIGIN }, new Date(0))).toMatchObject({
    run_id: 'second',
    run_dir: to,
    config: 'finetune new_from=20',
    key_metric: 'val_accuracy',
    max_steps: 90,
    seed: 7,
    completed_at: null,
    parent: { run: 'first', seq: 21, step: 20, tag: 'best', dir },
  })
  rmSync(join(dir, 'hotcb.checkpoints/best'), { recursive: true })
  await expect(copyCheckpoint(origin, openRunDirectory(join(cwd, 'third')))).rejects.toThrow(
    /^checkpoint `best` could not be copied/,
  )
})

test("changes for a new run are checked against its parent's controls, and written to the new run's command file", () => {
  const { cwd, dir } = parent({ best: 20 })
  const lr = { param_key: 'lr', type: 'log_float', group: 'optimizer', min: 0, max: 1, current: 0.1, state: 'verified' }
  writeFileSync(join(dir, 'hotcb.actuators.json'), JSON.stringify({ controls: [lr] }))
  const { run } = findOrigin('first:best', cwd)
  expect(readChanges(run, [])).toBeNull()
  expect(() => readChanges(run, ['lrr=1'])).toThrow('`set`: unknown key `lrr`: did you mean `lr`?')
  expect(() => readChanges(run, ['lr=7'])).toThrow(/`set`: `lr` must be .*got 7/)
  const to = join(cwd, 'second')
  mkdirSync(to)
  sendChanges(openRunDirectory(to), readChanges(run, ['lr=x0.5', '--note=slower']), {
    trainings: TRAININGS,
    source: 'cli',
    author: 'ada',
  })
  expect(JSON.parse(readFileSync(join(to, 'hotcb.commands.jsonl'), 'utf8'))).toMatchObject({
    source: 'cli',
    author: 'ada',
    module: 'opt',
    op: 'set_params',
    params: { lr: { mul: 0.5 } },
    note: 'slower',
  })
})
