import { visibleText } from '../../shared/visible-text.ts'
import { saveFile } from '../parts/save-file.ts'
import { cssColor } from '../theme.ts'
import { csvOf } from './line-table.ts'
import { type Picture, paint } from './paint.ts'
import { canvasSurface, type Surface, svgSurface } from './surface.ts'

const HEAD = 30
const ROW = 18

/** Saves a chart as SVG, with its title and the names of its lines. */
export function saveSvg(picture: Picture, title: string): void {
  const { width, height } = sizeOf(picture)
  const surface = svgSurface(width, height, cssColor('--font'))
  paintAll(surface, picture, title)
  saveFile(new Blob([surface.finish(cssColor('--surface'))], { type: 'image/svg+xml' }), `${title}.svg`)
}

/** Saves the chart as PNG, at twice its size. */
export function savePng(picture: Picture, title: string): void {
  const { width, height } = sizeOf(picture)
  const canvas = document.createElement('canvas')
  canvas.width = width * 2
  canvas.height = height * 2
  const ctx = canvas.getContext('2d')
  if (ctx === null) return
  ctx.scale(2, 2)
  ctx.fillStyle = cssColor('--surface')
  ctx.fillRect(0, 0, width, height)
  paintAll(canvasSurface(ctx, cssColor('--font')), picture, title)
  canvas.toBlob((blob) => blob !== null && saveFile(blob, `${title}.png`))
}

/** Saves the drawn points as CSV: `line,x,y`, and the band if there is one. */
export function saveCsv(picture: Picture, title: string): void {
  saveFile(new Blob([csvOf(picture.lines)], { type: 'text/csv' }), `${title}.csv`)
}

/** Saves the same points as Parquet. The Parquet writer is loaded on demand. */
export async function saveParquet(picture: Picture, title: string): Promise<void> {
  const { parquetOf } = await import('./parquet.ts')
  saveFile(new Blob([parquetOf(picture.lines)], { type: 'application/vnd.apache.parquet' }), `${title}.parquet`)
}

function sizeOf({ width, height, lines }: Picture): { readonly width: number; readonly height: number } {
  return { width, height: height + HEAD + ROW * Math.ceil(Math.min(lines.length, MOST_NAMED) / 2) + 8 }
}

const MOST_NAMED = 60

function paintAll(surface: Surface, picture: Picture, title: string): void {
  const { inks, lines, width, height } = picture
  paint(shifted(surface, HEAD), picture)
  surface.text(visibleText(title), 12, 16, { color: inks.text, align: 'left', size: 13, isBold: true })
  for (const [i, { label, color, dash = [] }] of lines.slice(0, MOST_NAMED).entries()) {
    const [x, y] = [12 + (i % 2) * (width / 2), HEAD + height + 8 + ROW * Math.floor(i / 2)]
    surface.line(
      [
        [x, y],
        [x + 14, y],
      ],
      { color, width: 3, dash },
    )
    surface.text(visibleText(label), x + 20, y, { color: inks.text, align: 'left', size: 11 })
  }
}

/** Returns a surface that shifts everything down by a number of pixels. */
function shifted(surface: Surface, by: number): Surface {
  const down = (points: readonly (readonly [number, number])[]): (readonly [number, number])[] =>
    points.map(([x, y]) => [x, y + by])
  return {
    line: (points, look) => surface.line(down(points), look),
    area: (points, look) => surface.area(down(points), look),
    text: (text, x, y, look) => surface.text(text, x, y + by, look),
    clip: (box) => surface.clip({ ...box, top: box.top + by }),
    unclip: () => surface.unclip(),
  }
}
