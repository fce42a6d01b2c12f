import { expect, onTestFinished, test, vi } from 'vitest'
import { createBatchPlan } from '../src/digits/batches.ts'
import * as compute from '../src/digits/compute.ts'
import * as multitask from '../src/digits/compute-multitask.ts'
import { loadDigits } from '../src/digits/data.ts'
import { createNetwork } from '../src/digits/network.ts'

const batch = createBatchPlan(loadDigits().train, 3, 4).batch(0)

test('jax-js is prepared once, and the check for WebAssembly is restored afterwards', async () => {
  // Node's types do not declare it.
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: { validate: unknown } }
  const { validate } = wasm
  await compute.prepare()
  await compute.prepare()
  expect(wasm.validate).toBe(validate)
  expect('navigator' in globalThis).toBe(true)
  const { navigator } = globalThis as { navigator?: { userAgent?: string } }
  expect(navigator?.userAgent).toMatch(/^Node\.js\/\d+$/)
})

test('a navigator is provided only if there is none', async () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  onTestFinished(() => void (before && Object.defineProperty(globalThis, 'navigator', before)))
  Reflect.deleteProperty(globalThis, 'navigator')
  await compute.prepare()
  expect(Object.getOwnPropertyDescriptor(globalThis, 'navigator')).toMatchObject({
    configurable: true,
    value: { userAgent: `Node.js/${process.versions.node.split('.')[0]}`, hardwareConcurrency: 1 },
  })
  const own = { userAgent: 'mine' }
  Object.defineProperty(globalThis, 'navigator', { value: own, configurable: true })
  await compute.prepare()
  expect((globalThis as { navigator?: unknown }).navigator).toBe(own)
})

test('without WebAssembly a demo is refused', async () => {
  vi.resetModules()
  vi.doMock('@jax-js/jax', async (load) => ({ ...(await load<object>()), init: async () => ['webgl'] }))
  onTestFinished(() => void vi.doUnmock('@jax-js/jax'))
  const { prepare } = await import('../src/digits/compute.ts')
  await expect(prepare()).rejects.toMatchObject({
    code: 'no-backend',
    message: 'jax-js needs WebAssembly, which this system lacks',
  })
})

test('a network without a hidden layer has no features to measure', async () => {
  await compute.prepare()
  const { tensors } = createNetwork([64, 10], 1)
  expect(() => compute.computeGradients(tensors, batch, Float32Array.of(1, 0, 0))).toThrow(
    'a network needs a hidden layer',
  )
  expect(compute.measure(tensors, batch).logits).toHaveLength(40)
  expect(compute.layerOutputs(tensors, batch).map(({ length }) => length)).toEqual([40])
})

test('a network with too few tensors is refused, and the message contains their number', async () => {
  await compute.prepare()
  const { tensors } = createNetwork([64, 3, 10], 1)
  expect(() => compute.measure(tensors.slice(0, 3), batch)).toThrow()
  expect(() => multitask.measure(tensors.slice(0, 1), batch)).toThrow('a network with 1 tensors has no layer at -3')
})

test('the gradients for two tasks are the slopes of their weighted sum', async () => {
  await compute.prepare()
  const { tensors, weights: values } = createNetwork([64, 4, 10], 7, [64])
  const weights = Float32Array.of(0.5, 20)
  const lossOf = (): number => multitask.computeGradients(tensors, batch, weights).loss
  const { loss, terms, gradients, logits } = multitask.computeGradients(tensors, batch, weights)
  const [classification = 0, reconstruction = 0] = terms
  expect(loss).toBeCloseTo(0.5 * classification + 20 * reconstruction, 4)
  expect([gradients.length, terms.length]).toEqual([values.length, 2])
  const measured = multitask.measure(tensors, batch)
  expect(measured.crossEntropy).toBeCloseTo(classification, 5)
  expect(measured.others).toEqual({ val_reconstruction: expect.closeTo(reconstruction, 5) })
  expect(measured.logits).toEqual(logits)
  const outputs = multitask.layerOutputs(tensors, batch)
  expect(outputs.map(({ length }) => length)).toEqual([16, 40, 256])
  expect([...(outputs[1] ?? [])].map((v) => v.toFixed(4))).toEqual([...logits].map((v) => v.toFixed(4)))
  const largest = gradients.reduce((best, value, at) => {
    return Math.abs(value) > Math.abs(gradients[best] ?? 0) ? at : best
  }, 0)
  const at = (change: number): number => {
    const before = values[largest] ?? 0
    values[largest] = before + change
    const moved = lossOf()
    values[largest] = before
    return moved
  }
  expect((at(0.01) - at(-0.01)) / 0.02 / (gradients[largest] ?? Number.NaN)).toBeCloseTo(1, 2)
})
