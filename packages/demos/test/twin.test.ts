import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { createDigitsTrainer, digitsTwin } from '../src/index.ts'

const dir = mkdtempSync(join(tmpdir(), 'hotcb-twin-'))
afterAll(() => removeDirectory(dir))

test('steps that are retrained without a change are bit-identical to the run without it, and the live trainer is unchanged', async () => {
  const live = await createDigitsTrainer({ seed: 3, lr: 0.01 })
  const untouched = await createDigitsTrainer({ seed: 3, lr: 0.01 })
  for (const trainer of [live, untouched]) for (let step = 0; step < 30; step++) trainer.trainStep(step)
  writeFileSync(join(dir, 'trainer.bin'), live.snapshot())
  for (const group of live.optimizer.paramGroups) group.lr = 0.1
  for (let step = 30; step < 90; step++) live.trainStep(step)
  const before = live.weightsSha256()
  const evaluate = digitsTwin(live)
  const request = { checkpoint: { tag: 'tune-pre', dir, step: 30 }, ops: [{ module: 'opt', op: 'set_params', params: { lr: 0.01 } }], steps: 60 } as const
  const reported = await evaluate(request)
  const expected = []
  for (let step = 30; step < 90; step++) {
    untouched.trainStep(step)
    if ((step + 1) % untouched.stepsPerEpoch === 0) expected.push({ step, loss: untouched.evaluate().loss })
  }
  expect(reported.map(({ step, metrics }) => ({ step, loss: metrics['val_loss'] }))).toEqual(expected)
  expect(expected).toHaveLength(2)
  expect(live.weightsSha256()).toBe(before)
  expect(live.optimizer.paramGroups[0]?.lr).toBe(0.1)
  // A second request starts from the checkpoint again.
  expect(await evaluate(request)).toEqual(reported)
}) // biome-ignore format: more readable

test('an op that the trainer does not know is an error, and is not silently ignored', async () => {
  const live = await createDigitsTrainer({ seed: 3 })
  writeFileSync(join(dir, 'trainer.bin'), live.snapshot())
  const request = { checkpoint: { tag: 'tune-pre', dir, step: 0 }, ops: [{ module: 'opt', op: 'set_params', params: { lrr: 0.01 } }], steps: 1 } as const
  expect(() => digitsTwin(live)(request)).toThrow('lrr')
}) // biome-ignore format: more readable
