import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKernel } from '@hotcb/kernel/node'
import { openFeatureCapture, openMetricsCollector } from '@hotcb/metrics/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hotcb-superseded-'))
})
afterEach(() => removeDirectory(dir))

/** A training run whose metrics and features show which process wrote them. */
function training(who: number) {
  const features = openFeatureCapture({ everyN: 1, maxSamples: 1 })
  const kernel = openKernel(dir, { modules: [openMetricsCollector({ flushMs: 0 }), features], lookMs: 0 })
  return {
    step(step: number): void {
      features.capture(step, 'last', [[who]])
      kernel.apply({ step, metrics: { who } }, ['train_step_end'])
      features.flush()
    },
    close: () => kernel.close(),
  }
}

function writers(file: string, read: (line: { metrics?: { who: number }; activations?: number[][] }) => unknown) {
  return readFileSync(join(dir, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => read(JSON.parse(line)))
}

test('a training run whose directory was taken over continues, but writes no metrics and no features there', () => {
  const old = training(1)
  for (let step = 0; step < 3; step++) old.step(step)
  const young = training(2)
  for (let step = 3; step < 6; step++) {
    old.step(step)
    young.step(step)
  }
  old.close()
  young.close()
  expect(writers('hotcb.metrics.jsonl', (line) => line.metrics?.who)).toEqual([1, 1, 1, 2, 2, 2])
  expect(writers('hotcb.features.jsonl', (line) => line.activations?.[0]?.[0])).toEqual([1, 1, 1, 2, 2, 2])
})
