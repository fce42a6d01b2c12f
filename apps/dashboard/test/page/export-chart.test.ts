import { parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { plainChart } from '../../src/web/compare/chart-spec.ts'
import { saveCsv, saveParquet, savePng, saveSvg } from '../../src/web/compare/export-chart.ts'
import type { Picture } from '../../src/web/compare/paint.ts'
import { svgSurface } from '../../src/web/compare/surface.ts'
import { recordedCanvas } from './recorded-canvas.ts'

vi.mock('../../src/web/theme.ts', () => ({ cssColor: (name: string) => name }))

const saved: { readonly data: Blob; readonly name: string }[] = []
vi.mock('../../src/web/parts/save-file.ts', () => ({
  saveFile: (data: Blob, name: string) => void saved.push({ data, name }),
}))

beforeEach(() => {
  saved.length = 0
})
afterEach(() => {
  vi.unstubAllGlobals()
})

// Its box is 100 by 100 pixels, with a pixel for each unit, and no ticks.
function pictureOf(count: number): Picture {
  const one = { xs: [0, 100], ys: [0, 50], lows: [0, 40], highs: [10, 60], isComplete: true }
  return {
    lines: Array.from({ length: count }, (_, i) => ({
      id: `${i}`,
      label: `<run ${i}>`,
      color: 'red',
      dash: [i],
      ...one,
    })),
    spec: plainChart('a'),
    ...{ axis: { kind: 'step' }, spanX: [0, 100], spanY: [0, 100], width: 168, height: 134 },
    inks: { text: 'text', grid: 'grid', threshold: 'bad', mark: 'mark' },
  }
}

/** The elements of a saved SVG image. */
async function savedSvg(picture: Picture): Promise<readonly string[]> {
  saveSvg(picture, 'val_loss < 1')
  const text = (await saved.at(-1)?.data.text()) ?? ''
  return text.split(/(?<=>)(?=<)/)
}

test('a chart is saved as SVG, with its title and the names of its lines below it', async () => {
  const parts = await savedSvg(pictureOf(3))
  expect(saved[0]).toMatchObject({ name: 'val_loss < 1.svg', data: { type: 'image/svg+xml' } })
  expect(parts).toMatchInlineSnapshot(`
    [
      "<svg xmlns="http://www.w3.org/2000/svg" width="168" height="208" viewBox="0 0 168 208" font-family="--font">",
      "<rect width="100%" height="100%" fill="--surface"/>",
      "<path d="M56.00 138.00L156.00 138.00" fill="none" stroke="grid" stroke-width="1"/>",
      "<text x="50.0" y="138.0" fill="text" font-size="11" text-anchor="end" dominant-baseline="central">0</text>",
      "<path d="M56.00 88.00L156.00 88.00" fill="none" stroke="grid" stroke-width="1"/>",
      "<text x="50.0" y="88.0" fill="text" font-size="11" text-anchor="end" dominant-baseline="central">50</text>",
      "<path d="M56.00 38.00L156.00 38.00" fill="none" stroke="grid" stroke-width="1"/>",
      "<text x="50.0" y="38.0" fill="text" font-size="11" text-anchor="end" dominant-baseline="central">100</text>",
      "<path d="M56.00 38.00L56.00 138.00" fill="none" stroke="grid" stroke-width="1"/>",
      "<text x="56.0" y="151.0" fill="text" font-size="11" text-anchor="middle" dominant-baseline="central">0</text>",
      "<path d="M156.00 38.00L156.00 138.00" fill="none" stroke="grid" stroke-width="1"/>",
      "<text x="156.0" y="151.0" fill="text" font-size="11" text-anchor="middle" dominant-baseline="central">100</text>",
      "<clipPath id="clip1">",
      "<rect x="56" y="38" width="100" height="100"/>",
      "</clipPath>",
      "<g clip-path="url(#clip1)">",
      "<path d="M56.00 128.00L156.00 78.00L156.00 98.00L56.00 138.00Z" fill="red" fill-opacity="0.16"/>",
      "<path d="M56.00 128.00L156.00 78.00L156.00 98.00L56.00 138.00Z" fill="red" fill-opacity="0.16"/>",
      "<path d="M56.00 128.00L156.00 78.00L156.00 98.00L56.00 138.00Z" fill="red" fill-opacity="0.16"/>",
      "<path d="M56.00 138.00L156.00 88.00" fill="none" stroke="red" stroke-width="1.5" stroke-dasharray="0"/>",
      "<path d="M56.00 138.00L156.00 88.00" fill="none" stroke="red" stroke-width="1.5" stroke-dasharray="1"/>",
      "<path d="M56.00 138.00L156.00 88.00" fill="none" stroke="red" stroke-width="1.5" stroke-dasharray="2"/>",
      "</g>",
      "<text x="12.0" y="16.0" fill="text" font-size="13" font-weight="600" text-anchor="start" dominant-baseline="central">val_loss &#60; 1</text>",
      "<path d="M12.00 172.00L26.00 172.00" fill="none" stroke="red" stroke-width="3" stroke-dasharray="0"/>",
      "<text x="32.0" y="172.0" fill="text" font-size="11" text-anchor="start" dominant-baseline="central">&#60;run 0&#62;</text>",
      "<path d="M96.00 172.00L110.00 172.00" fill="none" stroke="red" stroke-width="3" stroke-dasharray="1"/>",
      "<text x="116.0" y="172.0" fill="text" font-size="11" text-anchor="start" dominant-baseline="central">&#60;run 1&#62;</text>",
      "<path d="M12.00 190.00L26.00 190.00" fill="none" stroke="red" stroke-width="3" stroke-dasharray="2"/>",
      "<text x="32.0" y="190.0" fill="text" font-size="11" text-anchor="start" dominant-baseline="central">&#60;run 2&#62;</text>",
      "</svg>
    ",
    ]
  `)
})

test('at most sixty lines have their names below the picture', async () => {
  const namesIn = async (count: number): Promise<readonly [string | undefined, number]> => {
    const parts = await savedSvg(pictureOf(count))
    return [/viewBox="([^"]*)"/.exec(parts[0] ?? '')?.[1], parts.filter((part) => part.startsWith('&#60;run')).length]
  }
  expect(await namesIn(0)).toEqual(['0 0 168 172', 0])
  expect((await namesIn(60))[0]).toBe('0 0 168 712')
  expect((await namesIn(61))[0]).toBe('0 0 168 712')
})

test('a chart is saved as PNG at twice its size, and not without a canvas', async () => {
  const { target, calls } = recordedCanvas()
  let ctx: CanvasRenderingContext2D | null = null
  let blob: Blob | null = null
  const canvas = {
    width: 0,
    height: 0,
    getContext: () => ctx,
    toBlob: (take: (blob: Blob | null) => void) => take(blob),
  }
  const made: string[] = []
  vi.stubGlobal('document', {
    createElement: (name: string) => {
      made.push(name)
      return canvas
    },
  })
  savePng(pictureOf(1), 'a')
  expect([saved, made, canvas.width, canvas.height]).toEqual([[], ['canvas'], 336, 380])
  ctx = target
  savePng(pictureOf(1), 'a')
  expect(saved).toEqual([])
  blob = new Blob(['png'])
  calls.length = 0
  savePng(pictureOf(1), 'a b')
  expect(saved).toEqual([{ data: blob, name: 'a b.png' }])
  expect(calls).toMatchInlineSnapshot(`
    [
      "scale 2 2",
      "fillStyle = --surface",
      "fillRect 0 0 168 190",
      "beginPath",
      "moveTo 56 138",
      "lineTo 156 138",
      "strokeStyle = grid",
      "lineWidth = 1",
      "setLineDash ()",
      "stroke",
      "font = 11px --font",
      "fillStyle = text",
      "textAlign = right",
      "textBaseline = middle",
      "fillText 0 50 138",
      "beginPath",
      "moveTo 56 88",
      "lineTo 156 88",
      "strokeStyle = grid",
      "lineWidth = 1",
      "setLineDash ()",
      "stroke",
      "font = 11px --font",
      "fillStyle = text",
      "textAlign = right",
      "textBaseline = middle",
      "fillText 50 50 88",
      "beginPath",
      "moveTo 56 38",
      "lineTo 156 38",
      "strokeStyle = grid",
      "lineWidth = 1",
      "setLineDash ()",
      "stroke",
      "font = 11px --font",
      "fillStyle = text",
      "textAlign = right",
      "textBaseline = middle",
      "fillText 100 50 38",
      "beginPath",
      "moveTo 56 38",
      "lineTo 56 138",
      "strokeStyle = grid",
      "lineWidth = 1",
      "setLineDash ()",
      "stroke",
      "font = 11px --font",
      "fillStyle = text",
      "textAlign = center",
      "textBaseline = middle",
      "fillText 0 56 151",
      "beginPath",
      "moveTo 156 38",
      "lineTo 156 138",
      "strokeStyle = grid",
      "lineWidth = 1",
      "setLineDash ()",
      "stroke",
      "font = 11px --font",
      "fillStyle = text",
      "textAlign = center",
      "textBaseline = middle",
      "fillText 100 156 151",
      "save",
      "beginPath",
      "rect 56 38 100 100",
      "clip",
      "beginPath",
      "moveTo 56 128",
      "lineTo 156 78",
      "lineTo 156 98",
      "lineTo 56 138",
      "fillStyle = red",
      "globalAlpha = 0.16",
      "fill",
      "globalAlpha = 1",
      "beginPath",
      "moveTo 56 138",
      "lineTo 156 88",
      "strokeStyle = red",
      "lineWidth = 1.5",
      "setLineDash (0)",
      "stroke",
      "restore",
      "font = 600 13px --font",
      "fillStyle = text",
      "textAlign = left",
      "textBaseline = middle",
      "fillText a b 12 16",
      "beginPath",
      "moveTo 12 172",
      "lineTo 26 172",
      "strokeStyle = red",
      "lineWidth = 3",
      "setLineDash (0)",
      "stroke",
      "font = 11px --font",
      "fillStyle = text",
      "textAlign = left",
      "textBaseline = middle",
      "fillText <run 0> 32 172",
    ]
  `)
})

test('the points are saved as CSV and as Parquet', async () => {
  const picture = pictureOf(1)
  saveCsv(picture, 'a')
  await saveParquet(picture, 'b')
  expect(saved.map(({ name, data: { type } }) => [name, type])).toEqual([
    ['a.csv', 'text/csv'],
    ['b.parquet', 'application/vnd.apache.parquet'],
  ])
  expect(await saved[0]?.data.text()).toBe('line,x,y,low,high\n<run 0>,0,0,0,10\n<run 0>,100,50,40,60\n')
  expect(await parquetReadObjects({ file: (await saved[1]?.data.arrayBuffer()) ?? new ArrayBuffer(0) })).toHaveLength(2)
})

test('an SVG picture has shapes with rounded positions, and aligned texts', () => {
  const surface = svgSurface(10, 20, 'a "font"')
  surface.line(
    [
      [0, 1.234],
      [2, 3],
    ],
    { color: 'a&b', width: 2 },
  )
  surface.line([[0, 0]], { color: 'red', width: 1, dash: [3, 2] })
  surface.area(
    [
      [0, 0],
      [1, 1],
    ],
    { color: 'red', alpha: 0.5 },
  )
  surface.clip({ left: 1, top: 2, width: 3, height: 4 })
  for (const align of ['left', 'center', 'right'] as const) surface.text('t', 1.26, 2, { color: 'red', align, size: 9 })
  surface.text('t', 1, 2, { color: 'red', align: 'left', size: 9, isBold: true })
  surface.unclip()
  surface.clip({ left: 1, top: 2, width: 3, height: 4 })
  surface.unclip()
  expect(surface.finish('"white"').split(/(?<=>)(?=<)/)).toMatchInlineSnapshot(`
    [
      "<svg xmlns="http://www.w3.org/2000/svg" width="10" height="20" viewBox="0 0 10 20" font-family="a &#34;font&#34;">",
      "<rect width="100%" height="100%" fill="&#34;white&#34;"/>",
      "<path d="M0.00 1.23L2.00 3.00" fill="none" stroke="a&#38;b" stroke-width="2"/>",
      "<path d="M0.00 0.00" fill="none" stroke="red" stroke-width="1" stroke-dasharray="3 2"/>",
      "<path d="M0.00 0.00L1.00 1.00Z" fill="red" fill-opacity="0.5"/>",
      "<clipPath id="clip1">",
      "<rect x="1" y="2" width="3" height="4"/>",
      "</clipPath>",
      "<g clip-path="url(#clip1)">",
      "<text x="1.3" y="2.0" fill="red" font-size="9" text-anchor="start" dominant-baseline="central">t</text>",
      "<text x="1.3" y="2.0" fill="red" font-size="9" text-anchor="middle" dominant-baseline="central">t</text>",
      "<text x="1.3" y="2.0" fill="red" font-size="9" text-anchor="end" dominant-baseline="central">t</text>",
      "<text x="1.0" y="2.0" fill="red" font-size="9" font-weight="600" text-anchor="start" dominant-baseline="central">t</text>",
      "</g>",
      "<clipPath id="clip2">",
      "<rect x="1" y="2" width="3" height="4"/>",
      "</clipPath>",
      "<g clip-path="url(#clip2)">",
      "</g>",
      "</svg>
    ",
    ]
  `)
})
