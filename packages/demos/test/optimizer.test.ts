import { expect, test } from 'vitest'
import { createOptimizer, type DemoParamGroup } from '../src/digits/optimizer.ts'

function group(
  values: readonly number[],
  settings: Partial<DemoParamGroup> = {},
): DemoParamGroup & { values: Float32Array } {
  const values32 = Float32Array.from(values)
  return { name: 'all', params: [values32], lr: 0.1, weightDecay: 0, clipNorm: 0, ...settings, values: values32 }
}

test('descent with momentum keeps the configured fraction of the last update', () => {
  const all = group([1, -2], { momentum: 0.5 })
  const optimizer = createOptimizer('sgd', [all])
  optimizer.update(Float32Array.of(1, 2))
  close(all.values, [1 - 0.1, -2 - 0.2])
  optimizer.update(Float32Array.of(1, 2))
  close(all.values, [0.9 - 0.1 * 1.5, -2.2 - 0.1 * 3])
})

test('in descent, weight decay is added to the gradient', () => {
  const all = group([2], { momentum: 0, weightDecay: 0.5 })
  createOptimizer('sgd', [all]).update(Float32Array.of(3))
  close(all.values, [2 - 0.1 * (3 + 0.5 * 2)])
})

test("Adam's first step is the learning rate along the sign of the gradient", () => {
  const all = group([1, 1, 1], { betas: [0.9, 0.999] })
  createOptimizer('adam', [all]).update(Float32Array.of(5, -0.1, 0))
  close(all.values, [0.9, 1.1, 1])
})

test('Adam follows the algorithm in the paper', () => {
  const all = group([0.5], { betas: [0.8, 0.9], lr: 0.01 })
  const optimizer = createOptimizer('adam', [all])
  let [weight, mean, square] = [0.5, 0, 0]
  for (let step = 1; step <= 20; step++) {
    const slope = Math.sin(step)
    optimizer.update(Float32Array.of(slope))
    mean = 0.8 * mean + 0.2 * slope
    square = 0.9 * square + 0.1 * slope ** 2
    weight -= (0.01 * (mean / (1 - 0.8 ** step))) / (Math.sqrt(square / (1 - 0.9 ** step)) + 1e-8)
  }
  close(all.values, [weight])
})

test('in Adam, weight decay shrinks the weight regardless of the gradient', () => {
  const all = group([2], { betas: [0.9, 0.999], weightDecay: 0.5 })
  createOptimizer('adam', [all]).update(Float32Array.of(0))
  close(all.values, [2 - 0.1 * 0.5 * 2])
})

test('after a change of betas, the mean still has its full size', () => {
  const all = group([0], { betas: [0.9, 0.999], lr: 0.01 })
  const optimizer = createOptimizer('adam', [all])
  for (let step = 0; step < 5; step++) optimizer.update(Float32Array.of(1))
  all.betas = [0.5, 0.9]
  for (let step = 0; step < 5; step++) optimizer.update(Float32Array.of(1))
  // The gradient never changes, so every step is the full learning rate.
  close(all.values, [-0.1])
})

test('a gradient longer than `clipNorm` is scaled down to it, a shorter one is unchanged, and 0 is off', () => {
  const move = (clipNorm: number): Float32Array => {
    const all = group([0, 0], { momentum: 0, lr: 1, clipNorm })
    expect(createOptimizer('sgd', [all]).update(Float32Array.of(3, 4))).toBe(5)
    return all.values
  }
  close(move(1), [-0.6, -0.8])
  close(move(5), [-3, -4])
  close(move(0), [-3, -4])
})

test('each group has its own rate, clipping and memory', () => {
  const slow = group([0], { momentum: 0, lr: 0.1, clipNorm: 1 })
  const fast = group([0, 0], { momentum: 0, lr: 1 })
  const norm = createOptimizer('sgd', [slow, fast]).update(Float32Array.of(10, 2, 11))
  expect(norm).toBe(15)
  close(slow.values, [-0.1])
  close(fast.values, [-2, -11])
})

test("the caller's gradients are not written to", () => {
  const gradients = Float32Array.of(3, 4)
  createOptimizer('adam', [group([1, 1], { clipNorm: 1, weightDecay: 0.1 })]).update(gradients)
  expect([...gradients]).toEqual([3, 4])
})

test('gradients of another length are refused before any weight changes', () => {
  const all = group([1, 1])
  const optimizer = createOptimizer('sgd', [all])
  expect(() => optimizer.update(new Float32Array(3))).toThrow(
    new RangeError('`gradients` must contain 2 numbers, got 3'),
  )
  expect([...all.values]).toEqual([1, 1])
})

function close(values: Float32Array, wanted: readonly number[]): void {
  expect(values.length).toBe(wanted.length)
  wanted.forEach((value, at) => {
    expect(values[at]).toBeCloseTo(value, 6)
  })
}
