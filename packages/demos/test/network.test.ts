import { expect, test } from 'vitest'
import { createNetwork } from '../src/digits/network.ts'
import { createOptimizer, type DemoParamGroup, type OptimizerKind } from '../src/digits/optimizer.ts'
import { createSampleCounts } from '../src/digits/sample-counts.ts'

test('a network has a weight and a bias for each layer, and for each additional output', () => {
  const { sizes, weights, tensors } = createNetwork([4, 3, 2], 1, [5])
  expect(sizes).toEqual([4, 3, 2, 5])
  expect(tensors.map(({ shape }) => shape)).toEqual([[4, 3], [3], [3, 2], [2], [3, 5], [5]])
  expect(tensors.map(({ values }) => values.length)).toEqual([12, 3, 6, 2, 15, 5])
  expect(tensors.map(({ values }) => values.byteOffset / 4)).toEqual([0, 12, 15, 21, 23, 38])
  expect(weights).toHaveLength(43)
  tensors[3]?.values.fill(9)
  expect([...weights.subarray(20, 24)].map((value) => value === 9)).toEqual([false, true, true, false])
})

test('initial weights are uniform within their bound, and biases are 0', () => {
  const { tensors } = createNetwork([600, 50, 6], 3)
  for (const [at, inputs] of [
    [0, 600],
    [2, 50],
  ] as const) {
    const values = [...(tensors[at]?.values ?? [])]
    const bound = Math.sqrt(6 / inputs)
    expect(Math.max(...values) / bound).toBeCloseTo(1, 1)
    expect(Math.min(...values) / bound).toBeCloseTo(-1, 1)
    expect(values.every((value) => Math.abs(value) <= bound)).toBe(true)
    expect(values.reduce((sum, value) => sum + value, 0) / values.length / bound).toBeCloseTo(0, 0)
  }
  expect([...(tensors[1]?.values ?? []), ...(tensors[3]?.values ?? [])]).toEqual(Array(56).fill(0))
})

// These values change only if earlier runs can no longer be reproduced.
test('the initial weights for a seed equal the recorded ones, and differ between layers and seeds', () => {
  const first = (seed: number): number[] =>
    createNetwork([2, 2, 2], seed).tensors.map(({ values }) => Number(values[0]?.toFixed(6)))
  expect([first(1), first(2)]).toMatchInlineSnapshot(`
    [
      [
        -0.011789,
        0,
        1.680148,
        0,
      ],
      [
        0.099946,
        0,
        0.067576,
        0,
      ],
    ]
  `)
})

function moved(kind: OptimizerKind, settings: Partial<DemoParamGroup>, slopes: readonly number[]): number[] {
  const params = [Float32Array.of(0.5)]
  const optimizer = createOptimizer(kind, [{ name: 'all', params, lr: 0.1, weightDecay: 0, clipNorm: 0, ...settings }])
  return slopes.map((slope) => {
    optimizer.update(Float32Array.of(slope))
    return params[0]?.[0] ?? Number.NaN
  })
}

test("a group without momentum or betas uses its optimizer's defaults", () => {
  const slopes = [1, -0.5, 0.25]
  expect(moved('sgd', {}, slopes)).toEqual(moved('sgd', { momentum: 0.9 }, slopes))
  expect(moved('sgd', {}, slopes)).not.toEqual(moved('sgd', { momentum: 0 }, slopes))
  expect(moved('adam', {}, slopes)).toEqual(moved('adam', { betas: [0.9, 0.999] }, slopes))
  expect(moved('adam', {}, slopes)).not.toEqual(moved('adam', { betas: [0.9, 0.99] }, slopes))
})

test("an optimizer's memory contains a mean for each weight, and counters for each group", () => {
  const group = (length: number): DemoParamGroup => {
    return { name: 'g', params: [new Float32Array(length)], lr: 0.1, weightDecay: 0, clipNorm: 0, betas: [0.5, 0.25] }
  }
  const sgd = createOptimizer('sgd', [group(2), group(3)])
  expect([sgd.kind, sgd.memory]).toEqual(['sgd', { moments: [new Float32Array(5)], counters: new Float64Array() }])
  const adam = createOptimizer('adam', [group(2), group(3)])
  const moments = [new Float32Array(5), new Float32Array(5)]
  expect(adam.memory).toEqual({ moments, counters: Float64Array.of(1, 1, 1, 1) })
  adam.update(Float32Array.of(2, 0, 0, 0, 4))
  expect(adam.memory).toEqual({
    moments: [Float32Array.of(1, 0, 0, 0, 2), Float32Array.of(3, 0, 0, 0, 12)],
    counters: Float64Array.of(0.5, 0.25, 0.5, 0.25),
  })
})

test('samples are counted once they have updated the weights', () => {
  const samples = createSampleCounts()
  const batch = { size: 3, images: new Float32Array(), targets: new Float32Array(), labels: new Uint8Array() }
  samples.settle()
  expect(samples.counts).toEqual({})
  samples.see({ ...batch, sources: { old: 9, new: 9 } })
  samples.see({ ...batch, sources: { old: 2, new: 1 } })
  expect(samples.counts).toEqual({})
  samples.settle()
  samples.settle()
  expect(samples.counts).toEqual({ old: 2, new: 1 })
  samples.see({ ...batch, sources: { old: 3 } })
  samples.see(batch)
  samples.settle()
  expect(samples.counts).toEqual({ old: 2, new: 1 })
  samples.see({ ...batch, sources: { old: 3, third: 1 } })
  samples.settle()
  expect(samples.counts).toEqual({ old: 5, new: 1, third: 1 })
  samples.restore({ old: 7 })
  expect(samples.counts).toEqual({ old: 7 })
})
