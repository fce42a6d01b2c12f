import { openKernel } from '@hotcb/kernel/node'
import { expect, test } from 'vitest'
import { fitCallbacks, tensorflowOptimizer, trainLoop } from '../src/index.ts'
import { runDir, tf } from './support.ts'

test('the adapters refuse unknown options and suggest the nearest one', async () => {
  expect(() => tensorflowOptimizer(tf, tf.train.sgd(0.1), { clipnorm: 1 } as never)).toThrow(
    new TypeError('`tensorflowOptimizer` has no option `clipnorm`: did you mean `clipNorm`?'),
  )
  const kernel = openKernel(runDir())
  expect(() => fitCallbacks(kernel, { stopTraining: false }, { maxStep: 3 } as never)).toThrow(
    '`fitCallbacks` has no option `maxStep`: did you mean `maxSteps`?',
  )
  const train = (): { loss: number } => ({ loss: 1 })
  for (const [options, problem] of [
    [{ maxSteps: 3, trian: train }, '`trainLoop` has no option `trian`: did you mean `train`?'],
    [{ train }, '`maxSteps` of `trainLoop` must be a whole number >= 0, got undefined'],
    [{ train, maxSteps: 3, step: 0.5 }, '`step` of `trainLoop` must be a whole number >= 0, got 0.5'],
    [{ maxSteps: 3, train: 'train' }, '`train` of `trainLoop` must be a function, got "train"'],
  ] as const) {
    await expect(trainLoop(kernel, options as never)).rejects.toThrow(problem)
  }
  kernel.close()
})
