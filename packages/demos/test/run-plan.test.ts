import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readRunDocument } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { DemoError, launchTrainings } from '../src/index.ts'
import { newOwner } from '../src/run/refuse-trained.ts'
import { isFinished, planRun, runDocument } from '../src/run/run-plan.ts'
import { trainLaunched } from '../src/run/train-launched.ts'
import { TRAIN_FILE } from '../src/train-file.ts'
import { temporaryDir } from './run-support.ts'

/** Creates a run with this document, or with this text instead. */
function runWith(document: object | string): string {
  const dir = temporaryDir()
  writeFileSync(join(dir, 'hotcb.run.json'), typeof document === 'string' ? document : JSON.stringify(document))
  return dir
}

test('a new run has the defaults of its config', () => {
  const dir = join(temporaryDir(), 'run')
  expect(planRun({ dir }, 'hotcb')).toEqual({
    ...{ runDir: dir, config: 'digits', seed: 0, maxSteps: 2000, stepDelaySeconds: 0, checkpointEvery: null },
    ...{ maxTimeSeconds: Number.POSITIVE_INFINITY, newFrom: null, golden: false, ranks: 1, autopilot: null },
    ...{ tune: 'off', initial: {}, isContinued: false, before: null },
  })
  expect(planRun({ dir, golden: true }, 'hotcb')).toMatchObject({
    ...{ config: 'multitask', maxSteps: 800, stepDelaySeconds: 0.12, golden: true },
  })
  expect(planRun({ dir, config: 'finetune', maxSteps: 91 }, 'hotcb').newFrom).toBe(30)
})

const BEFORE = {
  config: 'digits-adam checkpoint_every=7',
  max_steps: 40,
  max_time: 9,
  step_delay: 0.5,
  seed: 3,
  ranks: 2,
}

test('a continued run has its own options, and other values only for options that may change', () => {
  const dir = runWith(BEFORE)
  const continued = { dir, continue: true } as const
  expect(planRun(continued, 'hotcb')).toMatchObject({
    ...{ config: 'digits-adam', checkpointEvery: 7, maxSteps: 40, maxTimeSeconds: 9, stepDelaySeconds: 0.5, seed: 3 },
    ...{ ranks: 2, isContinued: true },
  })
  expect(planRun({ ...continued, maxSteps: 50, checkpointEvery: 8, seed: 3 }, 'hotcb')).toMatchObject({
    ...{ maxSteps: 50, checkpointEvery: 8 },
  })
  expect(() => planRun({ ...continued, ranks: 4 }, 'hotcb')).toThrow('the run to continue has ranks 2, got 4')
})

test.each([
  ['[', /hotcb\.run\.json`: /],
  ['[]', /hotcb\.run\.json`: /],
  [{ config: 'resnet' }, /is not a run of this demo: its config is `resnet`$/],
])('a run with the document %j cannot be continued', (document, message) => {
  const dir = runWith(document)
  expect(() => planRun({ dir, continue: true }, 'hotcb')).toThrow(message)
})

test('options that a run does not record have their defaults after it is continued', () => {
  const plan = (document: object, more: object = {}) =>
    planRun({ dir: runWith(document), continue: true, ...more }, 'hotcb')
  expect(plan({ config: 'digits' })).toMatchObject({
    ...{ maxSteps: 2000, seed: 0, ranks: 1, maxTimeSeconds: Number.POSITIVE_INFINITY, stepDelaySeconds: 0 },
    ...{ checkpointEvery: null, newFrom: null, autopilot: null, tune: 'off', golden: false },
  })
  expect(plan({ config: 'finetune', max_steps: 90 })).toMatchObject({ config: 'finetune', newFrom: null })
  expect(plan({ config: 'finetune new_from=7', max_steps: 90 }, { maxSteps: 300 }).newFrom).toBe(7)
  const autopilot = { mode: 'active', keyMetric: 'loss' }
  expect(plan({ config: 'digits' }, { autopilot, tune: 'suggest', initial: { lr: 1 } })).toMatchObject({
    ...{ autopilot, tune: 'suggest', initial: { lr: 1 } },
  })
  expect(() => plan(BEFORE, { seed: 4 })).toThrow(new DemoError('bad-run', 'the run to continue has seed 3, got 4'))
  expect(() => plan(BEFORE, { config: 'digits' })).toThrow(
    new DemoError('bad-run', 'the run to continue has config digits-adam, got digits'),
  )
  expect(() => plan({ config: 'digits' }, { ranks: 2 })).toThrow(
    new DemoError('bad-run', 'the run to continue has ranks 1, got 2'),
  )
})

test('a run without its document starts over if nothing was trained, and is refused otherwise', () => {
  for (const text of ['', ' \n']) {
    const dir = runWith(text)
    writeFileSync(join(dir, 'hotcb.applied.jsonl'), '')
    const plan = planRun({ dir, continue: true, seed: 8 }, 'hotcb')
    expect(plan).toMatchObject({ before: null, isContinued: true, seed: 8, ranks: 1 })
    expect(isFinished(plan)).toBe(false)
    writeFileSync(join(dir, 'hotcb.metrics.jsonl'), '{}\n')
    expect(() => planRun({ dir, continue: true }, 'hotcb')).toThrow(
      new DemoError(
        'bad-run',
        `\`${join(dir, 'hotcb.run.json')}\` is missing: without it the options of the run are unknown`,
      ),
    )
  }
})

test.each([
  [{}, 40, false],
  [{ completed_at: 'now' }, 40, true],
  [{ completed_at: 'now' }, 39, true],
  [{ completed_at: 'now' }, 41, false],
  [{ completed_at: 'now', stopped_early: true }, 40, false],
])('a run with %j has nothing left to do up to step %i: %j', (more, maxSteps, isOver) => {
  const dir = runWith({ ...BEFORE, ...more })
  expect(isFinished(planRun({ dir, continue: true, maxSteps }, 'hotcb'))).toBe(isOver)
  expect(isFinished(planRun({ dir: join(dir, 'new'), maxSteps }, 'hotcb'))).toBe(false)
})

test('the document at the start contains the options, and keeps the name and the start of a continued run', () => {
  const now = new Date('2026-01-02T03:04:05Z')
  const dir = join(temporaryDir(), 'mine')
  mkdirSync(dir)
  expect(runDocument(planRun({ dir, seed: 4 }, 'hotcb'), now)).toEqual({
    ...{ run_id: 'mine', config: 'digits', max_steps: 2000, max_time: null, step_delay: 0, seed: 4 },
    ...{ key_metric: 'val_loss', started_at: '2026-01-02T03:04:05.000Z', run_dir: dir, completed_at: null },
    ...{ stopped_early: null, final_metrics: null, weights_sha256: null },
  })
  const old = runWith({ ...BEFORE, run_id: 'first', started_at: 'before' })
  const document = runDocument(planRun({ dir: old, continue: true }, 'hotcb'), now)
  expect(document).not.toHaveProperty('parent')
  const parent = { run: 'root', seq: 9, step: 4, tag: 'step-4' }
  const forked = runWith({ ...BEFORE, run_id: '', parent })
  expect(runDocument(planRun({ dir: forked, continue: true }, 'hotcb'), now)).toMatchObject({
    ...{ run_id: forked.split('/').at(-1), config: 'digits-adam checkpoint_every=7', parent },
  })
  expect(document).toMatchObject({ run_id: 'first', started_at: 'before', ranks: 2, max_time: 9 })
  expect(readRunDocument(document)).toMatchObject({ ok: true })
})

const LAUNCHED = {
  ...{ HOTCB_CONFIG: 'simple', HOTCB_MAX_STEPS: '5', HOTCB_STEP_DELAY: '0', HOTCB_SEED: '1' },
  HOTCB_RUN_DIR: '/dev/null/run',
}

test.each(Object.keys(LAUNCHED))('a launched training run does not start without `%s`', (name) => {
  const message = `\`${name}\` is not set: this program is started by \`hotcb launch\``
  for (const value of [undefined, '']) expect(() => trainLaunched({ ...LAUNCHED, [name]: value })).toThrow(message)
})

test('a launched training run reads all of its options from the environment', async () => {
  expect(() => trainLaunched({ ...LAUNCHED, HOTCB_CONFIG: 'resnet' })).toThrow(
    'is not the name of a training run: "resnet"',
  )
  await expect(trainLaunched({ ...LAUNCHED, HOTCB_MAX_STEPS: '0' })).rejects.toThrow('`maxSteps` must be')
  await expect(trainLaunched({ ...LAUNCHED, HOTCB_STEP_DELAY: '-1' })).rejects.toThrow('`stepDelaySeconds` must be')
  await expect(trainLaunched({ ...LAUNCHED, HOTCB_SEED: '0.5' })).rejects.toThrow('`seed` must be')
  await expect(trainLaunched(LAUNCHED)).rejects.toThrow('`/dev/null` is a file, not a directory for runs')
  const missing = join(temporaryDir(), 'none')
  await expect(trainLaunched({ ...LAUNCHED, HOTCB_RUN_DIR: missing, HOTCB_RESUME: '1' })).rejects.toThrow(missing)
})

test('the built-in training runs of a launcher use the program next to this one', () => {
  const shared = { argv: [process.execPath, fileURLToPath(TRAIN_FILE)], keyMetric: 'val_loss', writesRun: true }
  expect(launchTrainings()).toEqual({
    simple: {
      ...{ ...shared, maxSteps: 500, stepDelaySeconds: 0.15 },
      description: 'A network that learns handwritten digits.',
    },
    multitask: {
      ...{ ...shared, maxSteps: 800, stepDelaySeconds: 0.12 },
      description: 'A network that learns to classify and to draw handwritten digits.',
    },
    finetune: {
      ...{ ...shared, maxSteps: 600, stepDelaySeconds: 0.12 },
      description: 'A network that learns the digits 0 to 4 and then 5 to 9, and forgets the first ones.',
    },
  })
})

test('the message about a takeover names the process and its host', async () => {
  const dir = runWith(BEFORE)
  const kernel = { name: '@hotcb/kernel', version: '1', pid: 7, host: 'elsewhere', attempt: 2, start: null }
  const state = { protocol: 1, kernel, step: 1, freeze: { mode: 'off' }, paused: false, closed: false }
  writeFileSync(join(dir, 'hotcb.state.json'), JSON.stringify(state))
  expect(await newOwner(dir)).toMatch(/^process 7 on elsewhere$/)
})
