import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModuleContext } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type CaptureFeaturesOptions, openFeatureCapture } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'

test('each due step writes one line in the format of the file', () => {
  const { capture, lines } = setUp({ everyN: 10 })
  expect(capture.isDue(0)).toBe(true)
  expect(capture.capture(0, 'encoder.4', [[0.123456789, -0.4], new Float32Array([0.3, 0.2])])).toBe(true)
  expect(capture.capture(5, 'encoder.4', [[1, 2]])).toBe(false)
  expect(capture.capture(10, 'fc', { data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [1, 2, 3] })).toBe(true)
  expect(lines()).toEqual([
    {
      step: 0,
      layer_name: 'encoder.4',
      activations: [
        [0.123457, -0.4],
        [0.3, 0.2],
      ],
    },
    { step: 10, layer_name: 'fc', activations: [[1, 2, 3, 4, 5, 6]] },
  ])
})

test('only the first samples are kept, and rows of narrow layers are unchanged', () => {
  const { capture, lines } = setUp({ maxSamples: 2, reduceTo: 3 })
  capture.capture(0, 'a', [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ])
  expect(lines()).toEqual([
    {
      step: 0,
      layer_name: 'a',
      activations: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    },
  ])
})

test('wider rows are reduced to the directions of largest variance', () => {
  const { capture, lines } = setUp({ reduceTo: 2 })
  // The rows lie on a straight line, so one direction accounts for all of the variance.
  capture.capture(
    0,
    'wide',
    [0, 1, 2, 3].map((t) => [1 + 3 * t, 2, 5 - 4 * t, 0, 7]),
  )
  const [record] = lines()
  expect(record.activations.map((row: number[]) => row.map((value) => Math.round(value * 1000) / 1000 + 0))).toEqual([
    [7.5, 0],
    [2.5, 0],
    [-2.5, 0],
    [-7.5, 0],
  ])
})

test('the same activations produce the same bytes', () => {
  const rows = Array.from({ length: 40 }, (_, i) =>
    Float32Array.from({ length: 100 }, (_, j) => Math.sin(i * 7 + j * j)),
  )
  const [one, other] = [setUp({ reduceTo: 8 }), setUp({ reduceTo: 8 })]
  one.capture.capture(0, 'l', rows)
  other.capture.capture(0, 'l', rows)
  expect(one.text()).toBe(other.text())
  expect(one.lines()[0].activations).toHaveLength(40)
  expect(one.lines()[0].activations[0]).toHaveLength(8)
})

test('rows that are not finite or not as wide as the first are left out and counted', () => {
  const { capture, lines } = setUp({})
  capture.capture(0, 'l', [[1, 2], [Number.NaN, 1], [3], [5, 6]])
  expect(capture.capture(50, 'l', [[Infinity]])).toBe(false)
  expect(lines()).toEqual([
    {
      step: 0,
      layer_name: 'l',
      activations: [
        [1, 2],
        [5, 6],
      ],
    },
  ])
  expect(capture.status()).toEqual({ records: 1, rows_left_out: 3, dropped: 0, error: null })
})

test('a shape that does not match its data is logged, not thrown', () => {
  const { capture, logged, context } = setUp({})
  expect(capture.capture(0, 'l', { data: [1, 2, 3], shape: [2, 2] })).toBe(false)
  capture.onSafePoint({ step: 0 }, context)
  capture.onSafePoint({ step: 1 }, context)
  expect(logged).toEqual(['features: `data` with shape [2, 2] must contain 4 numbers, got 3'])
})

test('invalid options are refused', () => {
  expect(() => setUp({ reduceTo: 0 })).toThrow(new RangeError('`reduceTo` must be a whole number >= 1, got 0'))
})

function setUp(options: CaptureFeaturesOptions) {
  const runDir = temporaryDirectory()
  const logged: string[] = []
  const context: ModuleContext = {
    total: null,
    controls: [],
    isCatchingUp: false,
    submit: () => null,
    log: (message) => logged.push(message),
    step: null,
    channel: 'live',
    runDir,
  }
  const capture = openFeatureCapture(options)
  capture.attach(context)
  const text = () => {
    capture.flush()
    return readFileSync(join(runDir, 'hotcb.features.jsonl'), 'utf8')
  }
  const lines = () =>
    text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { capture, context, logged, text, lines }
}
