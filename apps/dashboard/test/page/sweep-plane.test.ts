import { expect, test, vi } from 'vitest'
import { clipTo, createPlane } from '../../src/web/sweeps/plane.ts'
import { recordedCanvas } from './recorded-canvas.ts'

vi.mock('../../src/web/theme.ts', () => ({ isDark: { value: false }, cssColor: (name: string) => name }))

test('drawing is clipped to the area of the axes', () => {
  const { target, calls } = recordedCanvas()
  clipTo(target, createPlane(568, 234, [0, 1], [0, 1]))
  expect(calls).toEqual(['save', 'beginPath', 'rect 56 8 500 200', 'clip'])
})
