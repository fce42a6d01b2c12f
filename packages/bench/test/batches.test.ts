import type { Batch } from '@hotcb/demos'
import { expect, test } from 'vitest'
import { corrupt, negativesUntil, onlyFirst } from '../src/task.ts'

const CLASSES = 10

function batch(labels: readonly number[], brightness = 0.25): Batch {
  const targets = new Float32Array(labels.length * CLASSES)
  labels.forEach((label, row) => {
    targets[row * CLASSES + label] = 1
  })
  const images = new Float32Array(labels.length * 64).fill(brightness)
  return { size: labels.length, images, targets, labels: Uint8Array.from(labels) }
}

function labelsOf({ targets, size }: Batch): readonly number[] {
  return Array.from({ length: size }, (_, row) => targets.subarray(row * CLASSES, (row + 1) * CLASSES).indexOf(1))
}

test('useless batches have labels of the next class and images ten times as bright, from the first to the last place', () => {
  const change = corrupt(5, 7)
  const clean = batch([0, 3, 9])
  for (const place of [0, 4, 8, 100]) expect(change(clean, place)).toBe(clean)
  for (const place of [5, 6, 7]) {
    const changed = change(clean, place)
    expect(labelsOf(changed)).toEqual([1, 4, 0])
    expect(changed.targets.reduce((sum, one) => sum + one, 0)).toBe(3)
    expect([...new Set(changed.images)]).toEqual([2.5])
    expect(changed.images).toHaveLength(3 * 64)
  }
  expect(labelsOf(clean)).toEqual([0, 3, 9])
})

test('a training run with few images trains on the first batches repeatedly', () => {
  const change = onlyFirst(2)
  const all = [0, 1, 2, 3, 4].map((label) => batch([label]))
  expect(all.map((one, place) => labelsOf(change(one, place))[0])).toEqual([0, 1, 0, 1, 0])
})

test('images are inverted before a step, and unchanged from that step on', () => {
  const change = negativesUntil(3)
  const clean = batch([1, 2], 0.25)
  expect([...new Set(change(clean, 2).images)]).toEqual([0.75])
  expect(labelsOf(change(clean, 2))).toEqual([1, 2])
  expect(change(clean, 3)).toBe(clean)
  expect(change(clean, 4)).toBe(clean)
})
