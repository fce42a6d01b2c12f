import { expect, test } from 'vitest'
import type { Annotation } from '../../src/shared/annotations.ts'
import { placeNotes } from '../../src/web/panels/charts/notes.ts'

const plot = {
  bbox: { left: 40, top: 10, width: 400, height: 200 },
  valToPos: (value: number, scale: string) => (scale === 'x' ? value * 2 : 100 - value * 100),
}

function note(id: string, step: number, value: number | null): Annotation {
  return { id, step, value, metric: null, text: id, author: null, ts: 0 }
}

test('a note is at its value, or at the bottom of its chart, and is not drawn outside of the visible steps', () => {
  const places = placeNotes(
    plot,
    [note('a', 10, 0.5), note('b', 90, null), note('c', 101, 0), note('d', -1, 0)],
    true,
    2,
  )
  expect(places.map(({ note: { id }, left, top, isLeft }) => [id, left, top, isLeft])).toEqual([
    ['a', 40, 55, false],
    ['b', 200, 95, true],
  ])
  const [flat] = placeNotes(plot, [note('a', 10, 0.5)], false, 2)
  expect(flat?.top).toBe(95)
})
