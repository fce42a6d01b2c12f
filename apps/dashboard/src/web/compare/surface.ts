/** The target for painting: a canvas, or the text of an SVG image. */
export interface Surface {
  line(points: readonly Point[], look: Stroke): void
  area(points: readonly Point[], look: { readonly color: string; readonly alpha: number }): void
  text(text: string, x: number, y: number, look: TextLook): void
  /** Paints only inside a box until {@link unclip} is called. */
  clip(box: Box): void
  unclip(): void
}

export type Point = readonly [x: number, y: number]

export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export interface Stroke {
  readonly color: string
  readonly width: number
  readonly dash?: readonly number[]
}

export interface TextLook {
  readonly color: string
  readonly align: 'left' | 'center' | 'right'
  readonly size: number
  readonly isBold?: boolean
}

/** Paints on a canvas. The caller has already scaled its pixels. */
export function canvasSurface(ctx: CanvasRenderingContext2D, font: string): Surface {
  const trace = (points: readonly Point[]): void => {
    ctx.beginPath()
    for (const [i, [x, y]] of points.entries()) {
      if (i === 0) ctx.moveTo(x, y)
      else ctx.lineTo(x, y)
    }
  }
  return {
    line(points, { color, width, dash = [] }) {
      trace(points)
      ctx.strokeStyle = color
      ctx.lineWidth = width
      ctx.setLineDash([...dash])
      ctx.stroke()
    },
    area(points, { color, alpha }) {
      trace(points)
      ctx.fillStyle = color
      ctx.globalAlpha = alpha
      ctx.fill()
      ctx.globalAlpha = 1
    },
    text(text, x, y, { color, align, size, isBold = false }) {
      ctx.font = `${isBold ? '600 ' : ''}${size}px ${font}`
      ctx.fillStyle = color
      ctx.textAlign = align
      ctx.textBaseline = 'middle'
      ctx.fillText(text, x, y)
    },
    clip({ left, top, width, height }) {
      ctx.save()
      ctx.beginPath()
      ctx.rect(left, top, width, height)
      ctx.clip()
    },
    unclip: () => ctx.restore(),
  }
}

/** Paints into the text of an SVG image. */
export function svgSurface(
  width: number,
  height: number,
  font: string,
): Surface & { finish(background: string): string } {
  const parts: string[] = []
  let clips = 0
  const pathOf = (points: readonly Point[]): string =>
    points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(2)} ${y.toFixed(2)}`).join('')
  return {
    line(points, { color, width: stroke, dash }) {
      const dashes = dash === undefined || dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`
      parts.push(
        `<path d="${pathOf(points)}" fill="none" stroke="${escaped(color)}" stroke-width="${stroke}"${dashes}/>`,
      )
    },
    area: (points, { color, alpha }) =>
      void parts.push(`<path d="${pathOf(points)}Z" fill="${escaped(color)}" fill-opacity="${alpha}"/>`),
    text(text, x, y, { color, align, size, isBold = false }) {
      const anchor = align === 'left' ? 'start' : align === 'right' ? 'end' : 'middle'
      const weight = isBold ? ' font-weight="600"' : ''
      parts.push(
        `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${escaped(color)}" font-size="${size}"${weight} text-anchor="${anchor}" dominant-baseline="central">${escaped(text)}</text>`,
      )
    },
    clip(box) {
      clips++
      parts.push(
        `<clipPath id="clip${clips}"><rect x="${box.left}" y="${box.top}" width="${box.width}" height="${box.height}"/></clipPath><g clip-path="url(#clip${clips})">`,
      )
    },
    unclip: () => void parts.push('</g>'),
    finish: (background) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escaped(font)}"><rect width="100%" height="100%" fill="${escaped(background)}"/>${parts.join('')}</svg>\n`,
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)
}
