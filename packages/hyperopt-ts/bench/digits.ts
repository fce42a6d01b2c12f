import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { choice, float, int } from '../src/dimension.ts'
import { createRandom, type Random, randomOrder } from '../src/random.ts'
import { normalQuantile } from '../src/special.ts'
import type { Problem } from './problems.ts'

const TRAINED = 400
const JUDGED = 400
const EPOCHS = 6

interface Digits {
  readonly pixels: readonly Float64Array[]
  readonly labels: readonly number[]
}

/** A network of one hidden layer on handwritten digits: the cross entropy on held-out rows after a few epochs. */
export const DIGITS: Problem = {
  name: 'digits',
  about: '6 mixed: a small network trained on handwritten digits',
  space: {
    lr: float(1e-4, 1, { log: true }),
    momentum: float(0, 0.99),
    decay: float(1e-6, 1e-1, { log: true }),
    width: int(4, 48, { log: true }),
    batch: int(4, 64, { log: true }),
    activation: choice(['relu', 'tanh', 'linear']),
  },
  budget: 200,
  value: (params) => trained(params as Settings),
}

interface Settings {
  readonly lr: number
  readonly momentum: number
  readonly decay: number
  readonly width: number
  readonly batch: number
  readonly activation: 'relu' | 'tanh' | 'linear'
}

let loaded: Digits | undefined

function digits(): Digits {
  if (loaded !== undefined) return loaded
  const text = gunzipSync(readFileSync(new URL('../../demos/data/digits.csv.gz', import.meta.url))).toString()
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number))
    .filter((row) => row.every(Number.isFinite))
  const order = randomOrder(createRandom(7), rows.length).slice(0, TRAINED + JUDGED)
  const picked = order.map((i) => rows[i] ?? [])
  loaded = {
    pixels: picked.map((row) => Float64Array.from(row.slice(0, 64), (v) => v / 16)),
    labels: picked.map((row) => row[64] ?? 0),
  }
  return loaded
}

function trained(settings: Settings): number {
  const { pixels, labels } = digits()
  const random = createRandom(11)
  const first = layer(64, settings.width, random)
  const second = layer(settings.width, 10, random)
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = randomOrder(createRandom(13, epoch), TRAINED)
    for (let at = 0; at < TRAINED; at += settings.batch) {
      const batch = order.slice(at, at + settings.batch)
      for (const i of batch) backward(first, second, pixels[i] as Float64Array, labels[i] ?? 0, settings)
      for (const one of [first, second]) update(one, batch.length, settings)
    }
  }
  let loss = 0
  for (let i = TRAINED; i < TRAINED + JUDGED; i++) {
    const { shares } = forward(first, second, pixels[i] as Float64Array, settings)
    loss -= Math.log(Math.max(1e-12, shares[labels[i] ?? 0] ?? 0)) / JUDGED
  }
  // A training run that diverged to infinity counts as a bad value here, as for a user who reports a number.
  return Number.isFinite(loss) ? Math.min(loss, 30) : 30
}

interface Layer {
  readonly inputs: number
  readonly outputs: number
  readonly weights: Float64Array
  readonly gradient: Float64Array
  readonly speed: Float64Array
}

function layer(inputs: number, outputs: number, random: Random): Layer {
  const size = (inputs + 1) * outputs
  const spread = Math.sqrt(2 / inputs)
  return {
    inputs,
    outputs,
    weights: Float64Array.from({ length: size }, () => spread * normalQuantile(Math.max(random(), 1e-12))),
    gradient: new Float64Array(size),
    speed: new Float64Array(size),
  }
}

function apply({ inputs, outputs, weights }: Layer, x: Float64Array): Float64Array {
  const out = new Float64Array(outputs)
  for (let o = 0; o < outputs; o++) {
    const row = o * (inputs + 1)
    let total = weights[row + inputs] as number
    for (let i = 0; i < inputs; i++) total += (weights[row + i] as number) * (x[i] as number)
    out[o] = total
  }
  return out
}

function forward(first: Layer, second: Layer, x: Float64Array, { activation }: Settings) {
  const hidden = apply(first, x).map((v) =>
    activation === 'relu' ? Math.max(0, v) : activation === 'tanh' ? Math.tanh(v) : v,
  )
  const scores = apply(second, hidden)
  const most = Math.max(...scores)
  const powers = scores.map((v) => Math.exp(v - most))
  const total = powers.reduce((a, b) => a + b, 0)
  return { hidden, shares: powers.map((v) => v / total) }
}

function backward(first: Layer, second: Layer, x: Float64Array, label: number, settings: Settings): void {
  const { hidden, shares } = forward(first, second, x, settings)
  shares[label] = (shares[label] ?? 0) - 1
  const back = new Float64Array(first.outputs)
  for (let o = 0; o < 10; o++) {
    const row = o * (second.inputs + 1)
    const delta = shares[o] as number
    for (let i = 0; i < second.inputs; i++) {
      back[i] = (back[i] as number) + delta * (second.weights[row + i] as number)
      second.gradient[row + i] = (second.gradient[row + i] as number) + delta * (hidden[i] as number)
    }
    second.gradient[row + second.inputs] = (second.gradient[row + second.inputs] as number) + delta
  }
  for (let o = 0; o < first.outputs; o++) {
    const h = hidden[o] as number
    const slope = settings.activation === 'relu' ? (h > 0 ? 1 : 0) : settings.activation === 'tanh' ? 1 - h * h : 1
    const delta = (back[o] as number) * slope
    const row = o * (first.inputs + 1)
    for (let i = 0; i < first.inputs; i++) {
      first.gradient[row + i] = (first.gradient[row + i] as number) + delta * (x[i] as number)
    }
    first.gradient[row + first.inputs] = (first.gradient[row + first.inputs] as number) + delta
  }
}

function update({ weights, gradient, speed }: Layer, count: number, { lr, momentum, decay }: Settings): void {
  for (let i = 0; i < weights.length; i++) {
    const step = (gradient[i] as number) / count + decay * (weights[i] as number)
    speed[i] = momentum * (speed[i] as number) - lr * step
    weights[i] = (weights[i] as number) + (speed[i] as number)
    gradient[i] = 0
  }
}
