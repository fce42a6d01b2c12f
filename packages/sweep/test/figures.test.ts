import { PLOT_FRAME } from 'hyperopt-ts/plot'
import { describe, expect, test } from 'vitest'
import {
  contourFigure,
  curvesFigure,
  importanceFigure,
  parallelFigure,
  rungsFigure,
  shares,
} from '../src/figures/figures.ts'
import { lineageFigure } from '../src/figures/lineage-figure.ts'

// Checks what figures draw and where: they are SVG, so positions and colors can be read.

const { left, top, width, height } = PLOT_FRAME
const BEST = 'rgb(37,99,235)'
const WORST = 'rgb(253,224,71)'

interface Path {
  readonly points: readonly (readonly [number, number])[]
  readonly stroke: string
  readonly width: number
}

/** The lines in a figure, without the grid and the axes. */
function paths(svg: string): readonly Path[] {
  return [...svg.matchAll(/<path d="M([^"]*)" fill="none" stroke="([^"]*)" stroke-width="([^"]*)"/g)].map(
    ([, d = '', stroke = '', wide]) => ({
      points: d.split('L').map((pair) => pair.split(' ').map(Number) as [number, number]),
      stroke,
      width: Number(wide),
    }),
  )
}

function dots(svg: string) {
  return [...svg.matchAll(/<circle cx="([^"]*)" cy="([^"]*)" r="([^"]*)" fill="([^"]*)"[^>]*><title>([^<]*)/g)].map(
    ([, x, y, r, fill, tip]) => ({ x: Number(x), y: Number(y), r: Number(r), fill, tip }),
  )
}

function bars(svg: string) {
  return [
    ...svg.matchAll(/<rect x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)" fill="([^"]*)"><title>([^<]*)/g),
  ].map(([, x, y, w, h, fill, tip]) => ({ x: Number(x), y: Number(y), w: Number(w), h: Number(h), fill, tip }))
}

const texts = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text)
const heightOf = (svg: string) => Number(/height="(\d+)"/.exec(svg)?.[1])
const widthOf = (svg: string) => Number(/width="(\d+)"/.exec(svg)?.[1])

test('ranks go from 0 for the best trial to 1 for the worst, and a trial without a value has no rank', () => {
  const trials = [5, null, 1, 3].map((value, i) => ({ i, value }))
  expect([...shares(trials, 'min')]).toEqual([[2, 0], [3, 0.5], [0, 1]]) // biome-ignore format: pairs
  expect([...shares(trials, 'max')]).toEqual([[0, 0], [3, 0.5], [2, 1]]) // biome-ignore format: pairs
  expect([...shares([{ i: 4, value: 1 }], 'min')]).toEqual([[4, 0]])
})

describe('curves', () => {
  const curve = (i: number, values: readonly number[], value: number | null) => ({ i, steps: values.map((_, at) => 10 * at), values, value }) // biome-ignore format: short

  test('span the frame; the best one is drawn last and is blue, the worst is yellow', () => {
    const svg = curvesFigure('loss', [curve(0, [0, 50, 98], 1), curve(1, [98, 98, 98], 2), curve(2, [0], null)], 'min')
    expect(paths(svg).map(({ stroke }) => stroke)).toEqual([WORST, WORST, BEST])
    const best = paths(svg).at(-1)
    expect(best?.points.map(([x]) => x)).toEqual([left, left + width / 2, left + width])
    expect([best?.points[0]?.[1], best?.points[2]?.[1]]).toEqual([top + height, top])
    expect(best?.width).toBe(1.4)
    expect(texts(svg)).toEqual(expect.arrayContaining(['loss (blue: best)', 'loss', 'step', '0', '10', '20']))
    expect(paths(curvesFigure('acc', [curve(0, [1], 1), curve(1, [2], 2)], 'max')).at(-1)?.stroke).toBe(BEST)
  })

  test('with one that diverges, leave the others readable and stay within the frame', () => {
    const values = Array.from({ length: 99 }, (_, at) => at)
    const svg = curvesFigure('loss', [curve(0, [...values, 1e9], 1)], 'min')
    const ys = paths(svg)[0]?.points.map(([, y]) => y) ?? []
    expect(ys.at(-1)).toBe(top)
    expect(Math.abs((ys[49] ?? 0) - (top + height / 2))).toBeLessThan(5)
    for (const y of ys) expect(y >= top && y <= top + height).toBe(true)
  })

  test('are thin if there are more than sixty trials, and without values the frame is empty', () => {
    const many = Array.from({ length: 61 }, (_, i) => curve(i, [1, 2], i))
    expect(paths(curvesFigure('loss', many, 'min'))[0]?.width).toBe(0.8)
    expect(paths(curvesFigure('loss', many.slice(1), 'min'))[0]?.width).toBe(1.4)
    expect(paths(curvesFigure('loss', [], 'min'))).toEqual([])
  })
})

describe('parallel coordinates', () => {
  const trials = [3, 1, 2].map((value, i) => ({ i, value }))
  const axes = [
    { name: 'lr', isLog: true, values: [0.01, 0.1, 1] },
    { name: 'opt', isLog: false, values: ['adam', undefined, 'sgd'] },
    { name: 'loss', isLog: false, values: [3, 1, 2] },
  ]

  test('have an axis for each parameter, and a line for each trial through its values', () => {
    const svg = parallelFigure(axes, trials, 'min')
    const lines = paths(svg)
    // From worst to best, followed by the axes.
    expect(lines.slice(0, 3).map(({ stroke }) => stroke)).toEqual([WORST, expect.stringMatching(/^rgb/), BEST])
    expect(lines.slice(3).map(({ points }) => points)).toEqual([60, 300, 540].map((x) => [[x, 50], [x, 340]])) // biome-ignore format: short
    expect(lines[0]?.points).toEqual([[60, 340], [300, 267.5], [540, 50]]) // biome-ignore format: pairs
    expect(lines[1]?.points).toEqual([[60, 50], [300, 122.5], [540, 195]]) // biome-ignore format: pairs
    // A trial without one of the values skips that axis.
    expect(lines[2]?.points).toEqual([[60, 195], [540, 340]]) // biome-ignore format: pairs
    expect(texts(svg)).toEqual(expect.arrayContaining(['lr', 'opt', 'loss', 'adam', 'sgd', '0.01']))
    expect([lines[0]?.width, widthOf(svg), heightOf(svg)]).toEqual([1.2, 640, 420])
  })

  test('grow with the number of axes, and put a single axis at the left', () => {
    expect(widthOf(parallelFigure(Array(8).fill(axes[0]), trials, 'min'))).toBe(1000)
    expect(paths(parallelFigure(axes.slice(0, 1), trials, 'min')).every(({ points }) => points[0]?.[0] === 60)).toBe(
      true,
    )
    const many = Array.from({ length: 101 }, (_, i) => ({ i, value: i }))
    const column = [{ name: 'x', isLog: false, values: many.map(({ i }) => i) }]
    expect(paths(parallelFigure(column, many, 'max'))[0]).toMatchObject({
      width: 0.6,
      stroke: WORST,
      points: [[60, 340]],
    })
  })
})

test('the importance of each parameter is a labelled bar, and the longest bar spans the whole width', () => {
  const svg = importanceFigure([
    { name: 'lr', share: 0.75 },
    { name: 'wd', share: 0.25 },
  ] as never)
  expect(bars(svg)).toMatchObject([
    { x: 210, y: 34, w: 340, h: 18, tip: '75.0 %' },
    { x: 210, y: 60, w: expect.closeTo(340 / 3, 0), tip: '25.0 %' },
  ])
  expect(texts(svg)).toEqual(['Parameter importance', 'lr', '75.0 %', 'wd', '25.0 %'])
  expect(heightOf(svg)).toBe(112)
  expect(bars(importanceFigure([{ name: 'x', share: 0 }] as never))[0]?.w).toBe(0)
})

describe('a contour', () => {
  const axis = (name: string, places: readonly unknown[], isLog = false) => ({ name, places, isLog })
  const contour = {
    x: axis('lr', [1, 10, 100], true),
    y: axis('opt', ['adam', 'sgd']),
    grid: [[0, 1, 2], [3, 4, 5]],
    points: [{ i: 7, x: 10, y: 'sgd', value: 1.23456 }, { i: 8, x: 31.622_776_6, y: 'adam', value: 2 }],
  } // biome-ignore format: a table

  test('has a cell for each position, colored by its value, and the trials as dots', () => {
    const svg = contourFigure(contour as never, 'loss', 'min')
    const cells = bars(svg)
    const [w, h] = [width / 3, height / 2]
    expect(cells).toHaveLength(6)
    expect(cells[0]).toMatchObject({ x: left, y: top + h, fill: BEST, tip: '0' })
    expect(cells[5]).toMatchObject({ x: expect.closeTo(left + 2 * w, 0), y: top, fill: WORST, tip: '5' })
    expect(cells[0]?.w).toBeCloseTo(w + 0.6, 0)
    expect(cells[0]?.h).toBeCloseTo(h + 0.6, 0)
    expect(bars(contourFigure(contour as never, 'acc', 'max'))[0]?.fill).toBe(WORST)
    const [one, other] = dots(svg)
    expect(one).toMatchObject({ x: expect.closeTo(left + 1.5 * w, 0), y: expect.closeTo(top + 0.5 * h, 0), r: 2.5, tip: 'trial 7: 1.23' }) // biome-ignore format: short
    // Between two positions on the logarithmic axis: half a cell further.
    expect(other).toMatchObject({ x: expect.closeTo(left + 2 * w, 0), y: expect.closeTo(top + 1.5 * h, 0), tip: 'trial 8: 2' }) // biome-ignore format: short
    expect(texts(svg)).toEqual(expect.arrayContaining(['loss over lr and opt (blue: best)', 'lr', 'opt', 'adam', 'sgd', '1', '10', '100'])) // biome-ignore format: short
  })

  test('labels only some positions if there are many', () => {
    const places = Array.from({ length: 13 }, (_, at) => at)
    const svg = contourFigure({ ...contour, x: axis('lr', places), y: axis('wd', []), grid: [], points: [] } as never, 'loss', 'min') // biome-ignore format: short
    expect(
      texts(svg)
        .slice(1)
        .filter((text) => /^\d+$/.test(text ?? '')),
    ).toEqual(['0', '3', '6', '9', '12'])
  })
})

test('rungs have a lane for each step: green dots continued, red ones were pruned, and each lane shows the counts', () => {
  const judged = [
    { i: 0, step: 10, value: 1, isGivenUp: false },
    { i: 1, step: 10, value: 3, isGivenUp: true },
    { i: 2, step: 10, value: null, isGivenUp: true },
    { i: 0, step: 5, value: 2, isGivenUp: false },
  ]
  const svg = rungsFigure('loss', judged)
  expect(dots(svg).map(({ fill, tip, r }) => [fill, tip, r])).toEqual([
    ['#17703f', 'trial 0 at step 10: 1', 3.5],
    ['#b3261e', 'trial 1 at step 10: 3', 3.5],
    ['#17703f', 'trial 0 at step 5: 2', 3.5],
  ])
  const [late, , early] = dots(svg)
  const lane = width / 2
  // Trials are spread across their lane by index.
  expect(early?.x).toBeCloseTo(left + lane / 2 - 0.35 * lane, 0)
  expect(late?.x).toBeCloseTo(left + 1.5 * lane - 0.35 * lane, 0)
  expect(dots(svg)[1]?.x).toBeCloseTo(left + 1.5 * lane + (0.618_034 - 0.5) * 0.7 * lane, 0)
  expect(dots(svg).map(({ y }) => y)).toEqual([top + height, top, top + height / 2])
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['5: 1 of 1', '10: 1 of 3', 'Rungs (green: continued, red: pruned)']),
  )
  expect(dots(rungsFigure('loss', []))).toEqual([])
})

describe('a lineage', () => {
  const members = [{ i: 4, step: 100, value: 2 }, { i: 9, step: 50, value: 1 }] // biome-ignore format: a table
  const rowAt = (at: number) => top + (height * (at + 0.5)) / 2
  const across = (step: number) => left + (width * step) / 100

  test('has a line for each member up to its current step, blue for the best', () => {
    const svg = lineageFigure(members, [], 'min')
    expect(paths(svg)).toEqual([
      { points: [[across(0), rowAt(0)], [across(100), rowAt(0)]], stroke: WORST, width: 3 },
      { points: [[across(0), rowAt(1)], [across(50), rowAt(1)]], stroke: BEST, width: 3 },
    ]) // biome-ignore format: pairs
    expect(texts(svg)).toEqual(expect.arrayContaining(['4', '9', 'step', 'trial']))
    expect(paths(lineageFigure(members, [], 'max'))[0]?.stroke).toBe(BEST)
    expect(heightOf(svg)).toBe(420)
  })

  test('leads from the donor to a dot where the member continues, and hides the abandoned part', () => {
    const exploits = [
      { trial: 4, step: 60, from: 9, donorStep: 40 },
      { trial: 4, step: 60, from: 77, donorStep: 40 },
      { trial: 77, step: 60, from: 9, donorStep: 40 },
    ]
    const svg = lineageFigure(members, exploits, 'min')
    expect(paths(svg).slice(2)).toEqual([
      { points: [[across(60), rowAt(0)], [across(40), rowAt(0)]], stroke: '#ffffff', width: 4 },
      { points: [[across(40) - 8, rowAt(1)], [across(40), rowAt(0)]], stroke: '#111827', width: 1.2 },
    ]) // biome-ignore format: pairs
    expect(dots(svg)).toEqual([
      {
        x: across(40),
        y: rowAt(0),
        r: 3.5,
        fill: '#111827',
        tip: 'trial 4 at step 60: continues from trial 9 at step 40',
      },
    ])
  })

  test('is taller with many members', () => {
    const many = Array.from({ length: 40 }, (_, i) => ({ i, step: 10, value: i }))
    expect(heightOf(lineageFigure(many, [], 'min'))).toBe(420 - height + 640)
  })
})
