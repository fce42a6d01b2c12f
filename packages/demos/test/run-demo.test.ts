import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createDigitsTrainer, runDemo } from '../src/index.ts'
import { command, document, ledger, metrics, paper, temporaryDir } from './run-support.ts'

const SILENT = { json: true, screen: paper() }

test('a run without changes ends with the weights of a bare loop', async () => {
  const dir = temporaryDir()
  expect(await runDemo({ dir, maxSteps: 90, seed: 3, ...SILENT })).toBe(0)
  const trainer = await createDigitsTrainer({ seed: 3 })
  for (let step = 0; step < 90; step++) trainer.trainStep(step)
  const { loss, accuracy } = trainer.evaluate()
  expect(document(dir, 'hotcb.run.json')).toMatchObject({
    config: 'digits',
    max_steps: 90,
    seed: 3,
    stopped_early: false,
    weights_sha256: trainer.weightsSha256(),
    final_metrics: { val_loss: loss, val_accuracy: accuracy },
  })
})

test('every step gives a record of metrics, the last step of an epoch with the test part', async () => {
  const dir = temporaryDir()
  await runDemo({ dir, maxSteps: 50, ...SILENT })
  const records = metrics(dir)
  expect(records.map(({ step }) => step)).toEqual(Array.from({ length: 50 }, (_, step) => step))
  expect(Object.keys(records[0]?.metrics ?? {})).toEqual([
    'train_loss',
    'accuracy',
    'grad_norm',
    'lr',
    'loss/cross_entropy',
    'loss/label_smoothing',
    'loss/activity',
  ])
  expect(records.filter((record) => 'val_loss' in record.metrics).map(({ step }) => step)).toEqual([43])
  expect(readFileSync(join(dir, 'hotcb.features.jsonl'), 'utf8').split('\n')).toHaveLength(4)
  expect(document(dir, 'hotcb.capabilities.json')).toMatchObject({ framework: 'jax-js', num_param_groups: [2] })
})

test('a change is announced with its step, and a refused one with the reason', async () => {
  const dir = temporaryDir()
  const screen = paper()
  command(
    dir,
    { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.01 }, source: 'cli', at: { step: 20 } },
    { cid: 'b', module: 'opt', op: 'set_params', params: { speed: 1 }, source: 'cli', author: 'ada' },
    { cid: 'c', module: 'core', op: 'freeze', mode: 'prod', source: 'api', at: { step: 21 } },
  )
  await runDemo({ dir, maxSteps: 30, screen, command: 'npx hotcb' })
  const said = screen.text()
  expect(said).toContain(`npx hotcb --dir ${dir} set lr=0.01`)
  expect(said).toContain('step 20: lr 0.05 -> 0.01   (cli)\n')
  expect(said).toMatch(/step 0: speed = 1 failed: .*`speed`.* {3}\(ada, cli\)\n/)
  expect(said).toContain('step 21: freeze prod   (api)\n')
  expect(metrics(dir).map((record) => record.metrics['lr'])).toEqual([
    ...Array.from({ length: 21 }, () => 0.05),
    ...Array.from({ length: 9 }, () => 0.01),
  ])
})

test('a terminal shows progress on one line that is rewritten, elsewhere there are ten lines', async () => {
  const terminal = paper(true)
  const pipe = paper()
  await runDemo({ dir: temporaryDir(), maxSteps: 40, screen: terminal })
  await runDemo({ dir: temporaryDir(), maxSteps: 40, screen: pipe })
  const last = terminal.text().split('\u001B[G\u001B[K').at(-1) ?? ''
  expect(last.split('\n')[0]).toMatch(/^40 of 40 done {3}loss \d\.\d{4} {3}lr 0\.05 /)
  expect(last.split('\n')[0]?.length).toBeLessThanOrEqual(59)
  expect(pipe.text().match(/^ *\d+ of 40 done /gm)).toHaveLength(10)
  expect(pipe.text()).not.toContain('\r')
})

test('with json only the run document is printed', async () => {
  const dir = temporaryDir()
  const screen = paper(true)
  await runDemo({ dir, maxSteps: 5, json: true, screen })
  expect(JSON.parse(screen.text())).toEqual(document(dir, 'hotcb.run.json'))
})

test('an option that does not exist is refused with the nearest one, before anything is created', async () => {
  await expect(runDemo({ maxStep: 3 } as never)).rejects.toThrow(
    '`runDemo` has no option `maxStep`: did you mean `maxSteps`?',
  )
  await expect(createDigitsTrainer({ batchsize: 8 } as never)).rejects.toThrow(
    '`createDigitsTrainer` has no option `batchsize`: did you mean `batchSize`?',
  )
})

test('the first limit that is reached ends the run', async () => {
  const dir = temporaryDir()
  expect(await runDemo({ dir, maxSteps: 1_000_000, maxTimeSeconds: 0.3, ...SILENT })).toBe(0)
  expect(document(dir, 'hotcb.run.json')).toMatchObject({ max_time: 0.3, stopped_early: true })
})

test('a command stops the run, with exit code 0', async () => {
  const dir = temporaryDir()
  command(dir, { cid: 'a', module: 'core', op: 'stop', params: { reason: 'enough' }, at: { step: 7 } })
  expect(await runDemo({ dir, maxSteps: 1000, ...SILENT })).toBe(0)
  expect(metrics(dir).at(-1)?.step).toBe(7)
  expect(document(dir, 'hotcb.run.json')['stopped_early']).toBe(true)
})

test('without a directory each run gets the first free number', async () => {
  const home = process.cwd()
  const here = temporaryDir()
  process.chdir(here)
  try {
    const screen = paper()
    await runDemo({ maxSteps: 2, ...SILENT })
    await runDemo({ maxSteps: 2, screen, command: 'hotcb' })
    expect(readdirSync(join(here, 'runs'))).toEqual(['demo-001', 'demo-002'])
    expect(screen.text()).toContain('hotcb --dir runs/demo-002 set lr=0.01\n')
    rmSync(join(here, 'runs'), { recursive: true })
    writeFileSync(join(here, 'runs'), 'mine')
    await expect(runDemo({ maxSteps: 2, ...SILENT })).rejects.toThrow('`runs` is a file, not a directory for runs')
  } finally {
    process.chdir(home)
  }
})

test('a file in place of the directory is refused with its name', async () => {
  const file = join(temporaryDir(), 'notes.txt')
  writeFileSync(file, 'mine')
  for (const dir of [file, join(file, 'run', 'deeper')]) {
    for (const isContinued of [false, true]) {
      await expect(runDemo({ dir, continue: isContinued, maxSteps: 3, ...SILENT })).rejects.toThrow(
        `\`${file}\` is a file, not a directory for runs`,
      )
    }
  }
  expect(readFileSync(file, 'utf8')).toBe('mine')
})

test('a training run continues to its end when its output is no longer read', async () => {
  const dir = join(temporaryDir(), 'run')
  const script = fileURLToPath(new URL('./fixtures/run-demo.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify({ dir, maxSteps: 120, stepDelaySeconds: 0.005 })])
  let told = ''
  child.stderr.on('data', (bytes) => {
    told += bytes
  })
  child.stdout.once('data', () => child.stdout.destroy())
  expect(await once(child, 'close')).toEqual([0, null])
  expect(told).toBe('hotcb: standard output is lost (EPIPE: broken pipe, write): the training continues without it\n')
  expect(document(dir, 'hotcb.run.json')).toMatchObject({ max_steps: 120, stopped_early: false })
  expect(metrics(dir)).toHaveLength(120)
})

test('a directory that contains a run is refused, and not changed', async () => {
  const dir = temporaryDir()
  await runDemo({ dir, maxSteps: 3, ...SILENT })
  const before = contentsOf(dir)
  await expect(runDemo({ dir, maxSteps: 3, command: 'hotcb', ...SILENT })).rejects.toThrow(
    `\`${dir}\` already contains a run: type \`hotcb demo --dir ${dir} --continue\` to continue it, or name another directory`,
  )
  expect(contentsOf(dir)).toEqual(before)
})

function contentsOf(dir: string): [string, string][] {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'utf8')])
}

test('options out of range are refused before anything is created', async () => {
  const dir = join(temporaryDir(), 'run')
  await expect(runDemo({ dir, maxSteps: 0 })).rejects.toThrow('`maxSteps` must be a whole number >= 1, got 0')
  await expect(runDemo({ dir, stepDelaySeconds: -1 })).rejects.toThrow(
    '`stepDelaySeconds` must be a number of seconds >= 0, got -1',
  )
  expect(existsSync(dir)).toBe(false)
})

test('a run that diverges still reaches its end, with null for non-finite numbers', async () => {
  const dir = temporaryDir()
  command(dir, { cid: 'a', module: 'loss', op: 'set_params', params: { activity: 100 } })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { lr: 1, momentum: 1, weight_decay: 1 } })
  expect(await runDemo({ dir, maxSteps: 400, ...SILENT })).toBe(0)
  expect(document(dir, 'hotcb.run.json')['final_metrics']).toMatchObject({ train_loss: null, val_loss: null })
})

test('under a schedule a rate that is set continues with the shape of the schedule', async () => {
  const dir = temporaryDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { scheduler_drop: 0.5 }, at: { step: 249 } })
  await runDemo({ dir, maxSteps: 252, config: 'digits-cosine', ...SILENT })
  const rates = metrics(dir).map((record) => record.metrics['lr'])
  expect(rates[0]).toBe(0.05)
  expect(rates[251]).toBeCloseTo(0.5 * 0.05 * 0.525, 12)
})

test('a recipe that cannot be followed ends the run before its first step', async () => {
  const dir = temporaryDir()
  writeFileSync(join(dir, 'hotcb.freeze.json'), JSON.stringify({ mode: 'replay', recipe_path: 'missing.jsonl' }))
  await expect(runDemo({ dir, maxSteps: 10, ...SILENT })).rejects.toMatchObject({ name: 'DemoError', code: 'recipe' })
  expect(existsSync(join(dir, 'hotcb.metrics.jsonl'))).toBe(false)
  expect(ledger(dir).at(-1)).toMatchObject({ module: 'core', op: 'freeze', decision: 'failed', step: null })
})
