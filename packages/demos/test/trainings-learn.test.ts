import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { createFinetuneTrainer } from '../src/digits/finetune.ts'
import { createMultitaskTrainer } from '../src/digits/multitask.ts'
import { createDigitsTrainer, type DemoOptions, runDemo } from '../src/index.ts'
import { NO_SCREEN } from '../src/run/screen.ts'

function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-trainings-'))
  onTestFinished(() => removeDirectory(dir))
  return dir
}

function documentOf(dir: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(dir, 'hotcb.run.json'), 'utf8'))
}

async function train(options: DemoOptions): Promise<Record<string, unknown>> {
  const dir = options.dir ?? ''
  expect(await runDemo({ ...options, screen: NO_SCREEN })).toBe(0)
  return documentOf(dir)
}

test.each(['multitask', 'finetune'] as const)(
  '%s, continued after a stop, has the same weights as a run that was not stopped',
  async (config) => {
    const root = home()
    const [whole, parts] = [join(root, 'whole'), join(root, 'parts')]
    const { weights_sha256: expected } = await train({ dir: whole, config, seed: 7, maxSteps: 90 })
    mkdirSync(parts)
    const stop = { module: 'core', op: 'stop', params: {}, at: { step: 40 } }
    writeFileSync(join(parts, 'hotcb.commands.jsonl'), `${JSON.stringify(stop)}\n`)
    expect(await train({ dir: parts, config, seed: 7, maxSteps: 90 })).toMatchObject({ stopped_early: true })
    const { weights_sha256: got } = await train({ dir: parts, continue: true })
    expect(got).toBe(expected)
  },
)

test('finetune forgets the old digits, but remembers them if a quarter of each batch is old', async () => {
  const ends = []
  for (const oldShare of [0, 0.25]) {
    const trainer = await createFinetuneTrainer(200, { seed: 1 })
    trainer.data.oldShare = oldShare
    for (let step = 0; step < 400; step++) trainer.trainStep(step)
    ends.push(trainer.evaluate().others?.['val_accuracy/old'])
  }
  expect(ends[0]).toBeLessThan(0.1)
  expect(ends[1]).toBeGreaterThan(0.85)
})

test('multitask learns the digits once the weight of the pixels is lowered', async () => {
  const ends = []
  for (const weight of [100, 1]) {
    const trainer = await createMultitaskTrainer({ seed: 1 })
    for (let step = 0; step < 600; step++) {
      if (step === 100) trainer.lossWeights.reconstruction = weight
      trainer.trainStep(step)
    }
    ends.push(trainer.evaluate().accuracy)
  }
  expect(ends[0]).toBeLessThan(0.65)
  expect(ends[1]).toBeGreaterThan(0.85)
})

test.each([{ seed: 1 }, { seed: 1, optimizer: 'adam' }] as const)(
  '%o learns to classify over 95 percent of the test images in 700 steps',
  async (options) => {
    const trainer = await createDigitsTrainer(options)
    const before = trainer.evaluate()
    const first = trainer.trainStep(0)
    for (let step = 1; step < 700; step++) trainer.trainStep(step)
    const after = trainer.evaluate()
    expect(before.accuracy).toBeLessThan(0.3)
    expect(first.loss).toBeGreaterThan(2)
    expect(after.accuracy).toBeGreaterThan(0.95)
    expect(after.loss).toBeLessThan(0.2)
  },
)
