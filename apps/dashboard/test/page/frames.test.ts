import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFrameQueue } from '../../src/web/streams/frame-queue.ts'
import { createPainter, fitCanvas, mixedOrder } from '../../src/web/sweeps/painter.ts'

let nowMs = 0
let frames = new Map<number, () => void>()
let made = 0

beforeEach(() => {
  nowMs = 100
  made = 0
  frames = new Map()
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => {
    frames.set(++made, frame)
    return made
  })
  vi.stubGlobal('cancelAnimationFrame', (id: number) => void frames.delete(id))
  vi.stubGlobal('performance', { now: () => nowMs })
})
afterEach(() => void vi.unstubAllGlobals())

function nextFrame(): void {
  const due = [...frames.values()]
  frames.clear()
  for (const frame of due) frame()
}

test('each frame draws as many items as fit into its time, and the rest come first in the next frame', () => {
  const drawn: string[] = []
  const queue = createFrameQueue<string>((item) => {
    drawn.push(item)
    nowMs += 2
  }, 4)
  for (const item of ['a', 'b', 'c', 'd', 'e', 'a']) queue.add(item)
  expect([frames.size, drawn]).toEqual([1, []])
  nextFrame()
  expect([frames.size, drawn]).toEqual([1, ['a', 'b']])
  queue.add('a')
  queue.remove('d')
  nextFrame()
  expect([frames.size, drawn]).toEqual([1, ['a', 'b', 'c', 'e']])
  nextFrame()
  expect([frames.size, drawn]).toEqual([0, ['a', 'b', 'c', 'e', 'a']])
  queue.add('f')
  expect(frames.size).toBe(1)
  queue.close()
  expect(frames.size).toBe(0)
})

test('a frame without time still draws one item, and an item that was removed is not drawn', () => {
  const drawn: string[] = []
  const queue = createFrameQueue<string>((item) => void drawn.push(item), 0)
  queue.add('a')
  queue.add('b')
  nextFrame()
  expect(drawn).toEqual(['a'])
  queue.remove('b')
  nextFrame()
  expect([drawn, frames.size]).toEqual([['a'], 0])
})

test('lines are painted over several frames, more per frame if they are fast and fewer if they are slow', () => {
  const seen: string[] = []
  let took = 1.5
  const painter = createPainter(() => void seen.push('done'))
  const start = (count: number): void =>
    painter.start(
      count,
      () => void seen.push('clear'),
      (from, to) => {
        seen.push(`${from}-${to}`)
        nowMs += took
      },
    )
  start(400)
  expect([seen, frames.size]).toEqual([[], 1])
  for (let i = 0; i < 3; i++) nextFrame()
  expect(seen.splice(0)).toEqual(['clear', '0-64', '64-192', '192-400', 'done'])
  expect(frames.size).toBe(0)
  // The last frame was not full, so it says nothing about the time of a full one.
  took = 6
  start(600)
  nextFrame()
  nextFrame()
  took = 60
  nextFrame()
  nextFrame()
  expect(seen.splice(0)).toEqual(['clear', '0-256', '256-384', '384-448', '448-512'])
  painter.stop()
  expect(frames.size).toBe(0)
})

test('a new start discards the old lines, and an empty drawing is done after one frame', () => {
  const seen: string[] = []
  const painter = createPainter(() => void seen.push('done'))
  const start = (name: string, count: number): void =>
    painter.start(
      count,
      () => void seen.push(`clear ${name}`),
      (from, to) => void seen.push(`${name} ${from}-${to}`),
    )
  start('old', 100)
  nextFrame()
  start('new', 0)
  expect(frames.size).toBe(1)
  nextFrame()
  expect([seen, frames.size]).toEqual([['clear old', 'old 0-64', 'clear new', 'new 0-0', 'done'], 0])
  const silent = createPainter()
  silent.start(1, vi.fn(), vi.fn())
  nextFrame()
  expect(frames.size).toBe(0)
})

test('lines that take no measurable time double from frame to frame', () => {
  const seen: string[] = []
  createPainter().start(1000, vi.fn(), (from, to) => void seen.push(`${from}-${to}`))
  for (let i = 0; i < 4; i++) nextFrame()
  expect(seen).toEqual(['0-64', '64-192', '192-448', '448-960'])
})

test('the mixed order is a fixed permutation', () => {
  const places = Int32Array.from({ length: 10 }, (_, i) => i * 10)
  const mixed = mixedOrder(places)
  expect([...mixed]).toEqual([...mixedOrder(places)])
  expect([...mixed]).toEqual([50, 0, 10, 20, 30, 40, 80, 90, 70, 60])
  expect([...mixed].sort((a, b) => a - b)).toEqual([...places])
  expect([...places]).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90])
  expect([[...mixedOrder(Int32Array.of())], [...mixedOrder(Int32Array.of(7))]]).toEqual([[], [7]])
})

test('a canvas has the pixels of its screen, at most two per CSS pixel, and is resized only if needed', () => {
  const resized: string[] = []
  const set = vi.fn()
  function canvasOf(w: number, h: number): HTMLCanvasElement {
    const canvas = {
      get width() {
        return w
      },
      set width(value) {
        resized.push(`w${value}`)
        w = value
      },
      get height() {
        return h
      },
      set height(value) {
        resized.push(`h${value}`)
        h = value
      },
      getContext: (name: string) => (name === '2d' ? { setTransform: set } : null),
    }
    return canvas as unknown as HTMLCanvasElement // The parts that the function uses.
  }
  vi.stubGlobal('devicePixelRatio', 3)
  const canvas = canvasOf(300, 150)
  expect(fitCanvas(canvas, 100.4, 50)).toEqual({ setTransform: set })
  expect(resized.splice(0)).toEqual(['w201', 'h100'])
  fitCanvas(canvas, 100.4, 50)
  expect(resized).toEqual([])
  vi.stubGlobal('devicePixelRatio', 1.5)
  fitCanvas(canvasOf(150, 1), 100, 50)
  fitCanvas(canvasOf(1, 75), 100, 50)
  expect(resized).toEqual(['w150', 'h75', 'w150', 'h75'])
  expect(set.mock.calls).toEqual([
    ...[
      [2, 0, 0, 2, 0, 0],
      [2, 0, 0, 2, 0, 0],
    ],
    ...[
      [1.5, 0, 0, 1.5, 0, 0],
      [1.5, 0, 0, 1.5, 0, 0],
    ],
  ])
  expect(fitCanvas({ width: 1, height: 1, getContext: () => null } as unknown as HTMLCanvasElement, 1, 1)).toBeNull()
})
