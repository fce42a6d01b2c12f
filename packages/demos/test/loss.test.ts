import { beforeAll, expect, test } from 'vitest'
import { type Batch, createBatchPlan } from '../src/digits/batches.ts'
import { computeGradients, layerOutputs, measure, prepare } from '../src/digits/compute.ts'
import { loadDigits } from '../src/digits/data.ts'
import { createNetwork, type Network } from '../src/digits/network.ts'

const batch = createBatchPlan(loadDigits().train, 3, 8).batch(0)
const network = createNetwork([64, 3, 4, 10], 11)

beforeAll(prepare)

test.each([
  ['cross_entropy', [1, 0, 0]],
  ['label_smoothing', [0, 1, 0]],
  ['activity', [0, 0, 1]],
  ['all terms weighted', [0.9, 0.1, 0.05]],
])('the gradient of %s is the slope of a loss computed in double precision', (_, weights) => {
  const { loss, gradients } = computeGradients(network.tensors, batch, Float32Array.from(weights))
  const { values, offsets } = doubles(network)
  const at = (index: number, change: number): number => {
    const moved = values.slice()
    moved[index] = (moved[index] ?? 0) + change
    return weighted(reference(moved, offsets, network.sizes, batch).terms, weights)
  }
  const slopes = Array.from(values, (_, index) => (at(index, 1e-6) - at(index, -1e-6)) / 2e-6)
  const worst = Math.max(...slopes.map((slope, index) => Math.abs(slope - (gradients[index] ?? Number.NaN))))
  expect(loss).toBeCloseTo(at(0, 0), 5)
  expect(gradients.length).toBe(values.length)
  expect(Math.max(...slopes.map(Math.abs))).toBeGreaterThan(1e-2)
  expect(worst).toBeLessThan(2e-6)
})

test('terms are unweighted, and the loss is their weighted sum', () => {
  const { values, offsets } = doubles(network)
  const { terms } = reference(values, offsets, network.sizes, batch)
  const result = computeGradients(network.tensors, batch, Float32Array.of(0.5, 2, 0))
  expect(result.terms.length).toBe(3)
  terms.forEach((term, index) => {
    expect(result.terms[index]).toBeCloseTo(term, 5)
  })
  expect(result.loss).toBeCloseTo(weighted(terms, [0.5, 2, 0]), 5)
})

test('layer outputs and measured cross entropy belong to the same network', () => {
  const { values, offsets } = doubles(network)
  const wanted = reference(values, offsets, network.sizes, batch)
  const outputs = layerOutputs(network.tensors, batch)
  expect(outputs.map(({ length }) => length)).toEqual([8 * 3, 8 * 4, 8 * 10])
  outputs.forEach((output, layer) => {
    output.forEach((value, at) => {
      expect(value).toBeCloseTo(wanted.layers[layer]?.[at] ?? Number.NaN, 5)
    })
  })
  expect(measure(network.tensors, batch).crossEntropy).toBeCloseTo(wanted.terms[0] ?? Number.NaN, 5)
})

interface Reference {
  readonly terms: readonly number[]
  readonly layers: readonly (readonly number[])[]
}

// Computes the network and its loss again, sample by sample in double precision.
function reference(
  values: Float64Array,
  offsets: readonly number[],
  sizes: readonly number[],
  batch: Batch,
): Reference {
  const layers: number[][] = sizes.slice(1).map(() => [])
  let [crossEntropy, smoothing, activity] = [0, 0, 0]
  for (let sample = 0; sample < batch.size; sample++) {
    let input: readonly number[] = [...batch.images.subarray(sample * 64, (sample + 1) * 64)]
    sizes.slice(1).forEach((units, layer) => {
      const [weights = 0, biases = 0] = offsets.slice(layer * 2)
      const hidden = layer < sizes.length - 2
      const output = Array.from({ length: units }, (_, unit) => {
        const sum = input.reduce(
          (total, value, from) => total + value * (values[weights + from * units + unit] ?? 0),
          0,
        )
        const shifted = sum + (values[biases + unit] ?? 0)
        return hidden ? Math.max(0, shifted) : shifted
      })
      layers[layer]?.push(...output)
      if (layer === sizes.length - 3) {
        activity += output.reduce((sum, value) => sum + value ** 2, 0) / units / batch.size
      }
      input = output
    })
    const total = Math.log(input.reduce((sum, logit) => sum + Math.exp(logit), 0))
    crossEntropy += (total - (input[batch.labels[sample] ?? 0] ?? 0)) / batch.size
    smoothing += input.reduce((sum, logit) => sum + total - logit, 0) / 10 / batch.size
  }
  return { terms: [crossEntropy, smoothing, activity], layers }
}

function doubles({ weights, tensors }: Network): { values: Float64Array; offsets: readonly number[] } {
  return { values: Float64Array.from(weights), offsets: tensors.map(({ values }) => values.byteOffset / 4) }
}

function weighted(terms: readonly number[], weights: readonly number[]): number {
  return terms.reduce((sum, term, index) => sum + term * (weights[index] ?? 0), 0)
}
