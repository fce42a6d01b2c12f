import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDigitsTrainer, type DemoOptions, runDemo } from '../src/index.ts'
import { command, document, ledger, metrics, paper, temporaryDir } from './run-support.ts'

const SILENT = { json: true, screen: paper() }

test('a run without changes ends with the same weights as a bare loop', async () => {
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

test('every step writes a record of metrics, and the last step of an epoch includes the test part', async () => {
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
  const features = readFileSync(join(dir, 'hotcb.features.jsonl'), 'utf8').trimEnd().split('\n')
  expect(
    features.map((text) => {
      const { step, layer_name: layer, activations } = JSON.parse(text)
      return [step, layer, activations.length, activations[0].length]
    }),
  ).toEqual(['hidden1', 'hidden2', 'logits'].map((layer) => [0, layer, 64, 10]))
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

test('a terminal shows progress on one line that is rewritten; other output has ten lines', async () => {
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

test('a file instead of the directory is refused with its name', async () => {
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

test('under a schedule, a rate that is set continues with the shape of the schedule', async () => {
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

test('rules inside the trainer are a module of the run; a run without rules does not have it', async () => {
  const modulesWith = async (options: DemoOptions): Promise<readonly string[]> => {
    const dir = temporaryDir()
    await runDemo({ dir, maxSteps: 3, ...SILENT, ...options })
    return Object.keys(document(dir, 'hotcb.state.json')['modules'] ?? {}).sort()
  }
  const plain = await modulesWith({})
  const ruled = await modulesWith({ autopilot: { mode: 'suggest', keyMetric: 'val_loss' } })
  expect(ruled.filter((name) => !plain.includes(name))).toEqual(['autopilot'])
})

test('checkpoints are saved only at their steps and at the end', async () => {
  const tagsWith = async (options: DemoOptions): Promise<unknown> => {
    const dir = temporaryDir()
    await runDemo({ dir, ...SILENT, ...options })
    return ledger(dir).flatMap(({ op, payload }) => (op === 'checkpoint' ? [payload?.['tag']] : []))
  }
  expect(await tagsWith({ maxSteps: 7 })).toEqual(['step-7'])
  expect(await tagsWith({ maxSteps: 7, checkpointEvery: 3 })).toEqual(['step-3', 'step-6', 'step-7'])
  expect(await tagsWith({ maxSteps: 6, checkpointEvery: 3 })).toEqual(['step-3', 'step-6'])
})

test('initial settings are passed to the trainer, and the mode of the tuner is recorded', async () => {
  const dir = temporaryDir()
  await runDemo({ dir, maxSteps: 1, initial: { lr: 0.25, weightDecay: 0.5 }, tune: 'observe', ...SILENT })
  expect(metrics(dir)[0]?.metrics['lr']).toBe(0.25)
  expect(document(dir, 'hotcb.run.json')).toMatchObject({
    ...{ key_metric: 'val_loss', config: 'digits', max_steps: 1, seed: 0, max_time: null, step_delay: 0 },
    origin: { command: process.argv, cwd: process.cwd() },
  })
  expect(JSON.stringify(document(dir, 'hotcb.state.json')['modules'])).toContain('"observe"')
})
