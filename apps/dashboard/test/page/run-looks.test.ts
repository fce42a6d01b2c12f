import { expect, test } from 'vitest'
import { lineLooks, withoutRun } from '../../src/web/compare/compare-looks.ts'
import { assignLooks, COLORS, DASHES, formatLooks, plainLook, readLooks } from '../../src/web/runs/run-looks.ts'
import { DARK_COLORS, LIGHT_COLORS } from '../../src/web/runs/run-palette.ts'

const LOOKS = COLORS * DASHES.length

function ids(count: number, name: (i: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, i) => name(i))
}

/** Runs whose names all have the same default look as `a`. */
function alike(count: number): readonly string[] {
  const found: string[] = []
  for (let i = 0; found.length < count; i++) if (plainLook(`run ${i}x`) === plainLook('a')) found.push(`run ${i}x`)
  return found
}

test('up to twelve runs never share a color, even if their names have the same default one', () => {
  for (const runs of [alike(COLORS), ids(COLORS, (i) => `trial-${i}`), ids(COLORS, (i) => `lr=${i}e-3/seed`)]) {
    const looks = [...assignLooks(runs).values()]
    expect(new Set(looks).size).toBe(COLORS)
    expect(Math.max(...looks)).toBeLessThan(COLORS)
  }
})

test('beyond twelve runs the colors repeat with other dashes, and no two of 48 look the same', () => {
  for (const runs of [alike(LOOKS), ids(LOOKS, (i) => `trial-${i}`)]) {
    const looks = [...assignLooks(runs).values()]
    expect(new Set(looks).size).toBe(LOOKS)
    expect(looks.slice(0, COLORS).every((look) => look < COLORS)).toBe(true)
  }
  const crowd = assignLooks(ids(LOOKS + 30, (i) => `trial-${i}`))
  expect([...crowd.values()].every((look) => look >= 0 && look < LOOKS)).toBe(true)
})

test('runs that are selected later do not change the looks of the earlier ones', () => {
  const runs = alike(20)
  const few = assignLooks(runs.slice(0, 5))
  const more = assignLooks(runs)
  expect([...few].every(([id, look]) => more.get(id) === look)).toBe(true)
  expect(more.get(runs[0] ?? '')).toBe(plainLook(runs[0] ?? ''))
})

test('a run keeps its previous look, unless an earlier run has it', () => {
  const [a = '', b = '', c = ''] = alike(3)
  const had = new Map([
    [a, 7],
    [b, 7],
    [c, 9],
  ])
  expect(assignLooks([c, b, a], (id) => had.get(id))).toEqual(
    new Map([
      [c, 9],
      [b, 7],
      [a, 8],
    ]),
  )
  // With few runs none is dashed, even if one had a dashed look before.
  expect(assignLooks([a], () => COLORS + 3).get(a)).toBe(3)
})

test('a link contains looks only if they differ from the default ones', () => {
  const runs = alike(3)
  expect(formatLooks(runs, assignLooks(runs))).toBe(null)
  const looks = assignLooks(runs, () => 5)
  expect(formatLooks(runs, looks)).toBe('5,6,7')
  expect(readLooks('5,6,7', runs)).toEqual(looks)
  expect(readLooks(`x,,${LOOKS},4`, runs)).toEqual(new Map())
  expect(readLooks('', runs)).toEqual(new Map())
})

test('a run that is removed from the comparison changes no color of the others', () => {
  const runs = alike(4)
  const view = { runs, looks: new Map(), filter: null, grouping: 'none' } as const
  const before = lineLooks(
    view,
    runs.map((id) => ({ id })),
  )
  const address = withoutRun(runs[1] ?? '', runs, before)
  const rest = runs.filter((_, i) => i !== 1)
  expect(address).toMatchObject({ filter: null, runs: rest.map(encodeURIComponent).join(',') })
  const after = lineLooks(
    { ...view, runs: rest, looks: readLooks(address['colors'] ?? '', rest) },
    rest.map((id) => ({ id })),
  )
  expect(rest.map((id) => after.get(id))).toEqual(rest.map((id) => before.get(id)))
})

test('runs that a filter finds get the same looks in any order', () => {
  const runs = alike(5).map((id) => ({ id }))
  const view = { runs: [], looks: new Map(), filter: 'tag:good', grouping: 'none' } as const
  expect(lineLooks(view, [...runs].reverse())).toEqual(lineLooks(view, runs))
})

test('any two colors of a theme are far apart, and each is visible on its background', () => {
  for (const [colors, background] of [
    [LIGHT_COLORS, '#ffffff'],
    [DARK_COLORS, '#161a21'],
  ] as const) {
    expect(colors).toHaveLength(COLORS)
    for (const [i, color] of colors.entries()) {
      expect(contrast(color, background), color).toBeGreaterThan(3)
      for (const other of colors.slice(i + 1)) expect(distance(color, other), `${color} ${other}`).toBeGreaterThan(0.12)
    }
  }
})

function linear(color: string): readonly [number, number, number] {
  const part = (at: number): number => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [part(1), part(3), part(5)]
}

function contrast(one: string, other: string): number {
  const [bright, dim] = [one, other]
    .map((color) => {
      const [r, g, b] = linear(color)
      return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
    })
    .sort((a, b) => b - a)
  return (bright ?? 0) / (dim ?? 1)
}

/** The distance in OKLab, in which equal distances look equal. */
function distance(one: string, other: string): number {
  const [a, b] = [oklab(one), oklab(other)]
  return Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)))
}

function oklab(color: string): readonly number[] {
  const [r, g, b] = linear(color)
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}
