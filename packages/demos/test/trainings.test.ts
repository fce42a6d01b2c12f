import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { createFinetuneTrainer } from '../src/digits/finetune.ts'
import { createMultitaskTrainer } from '../src/digits/multitask.ts'
import { type DemoOptions, runDemo } from '../src/index.ts'
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

// These values change only if earlier runs can no longer be reproduced.
test('the weights of multitask and finetune after 60 steps equal the recorded ones', async () => {
  const multitask = await createMultitaskTrainer({ seed: 3 })
  const finetune = await createFinetuneTrainer(20, { seed: 3 })
  finetune.data.oldShare = 0.25
  for (let step = 0; step < 60; step++) {
    multitask.trainStep(step)
    finetune.trainStep(step)
  }
  expect([multitask.weightsSha256(), finetune.weightsSha256()]).toMatchInlineSnapshot(`
    [
      "57ecba49da036a6e6f7eec2c742c18dcf06021607d6c37562ec5baa50bc2a8c2",
      "b1f1b2ceff661d5f4918e0672d313b7879eea1da9c0448b6a469b3e680002603",
    ]
  `)
})

test("finetune's new digits begin at the original step even if the run is continued for longer", async () => {
  const dir = join(home(), 'run')
  await train({ dir, config: 'finetune', seed: 7, maxSteps: 9 })
  expect(await train({ dir, continue: true, maxSteps: 12 })).toMatchObject({ config: 'finetune new_from=3' })
})

test('the golden run applies the changes in its recipe at their steps', async () => {
  const dir = join(home(), 'run')
  await train({ dir, golden: true, maxSteps: 40, stepDelaySeconds: 0 })
  const ledger = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').split('\n').filter(Boolean)
  const changes = ledger.map((line) => JSON.parse(line)).filter(({ source }) => source === 'recipe')
  expect(changes.map(({ step, payload, decision }) => [step, payload, decision])).toEqual([
    [5, { reconstruction: 1 }, 'applied'],
    [25, { reconstruction: 5 }, 'applied'],
    [30, { lr: 0.0015 }, 'applied'],
  ])
})

test('ranks are refused for training runs that cannot share their batches', async () => {
  await expect(runDemo({ config: 'finetune', ranks: 2 })).rejects.toThrow('`ranks` must be 1 for finetune, got 2')
})
