import type { JSX } from 'preact'
import type { RunLook } from './run-color.ts'

/** Shows the colour of a run next to its name, with stripes if its line is dashed. */
export function Swatch({ of: look }: { readonly of: RunLook }): JSX.Element {
  return <i class="swatch" style={{ background: stripes(look) }} />
}

const WIDTH = 10
/** Scales dashes down, because a line's dashes are longer than the swatch. */
const SCALE = 2 / 3

function stripes({ color, dash }: RunLook): string {
  if (dash.length === 0) return color
  const stops: string[] = []
  for (let at = 0, i = 0; at < WIDTH; i++) {
    const end = at + (dash[i % dash.length] ?? WIDTH) * SCALE
    stops.push(`${i % 2 === 0 ? color : 'transparent'} ${at.toFixed(1)}px ${end.toFixed(1)}px`)
    at = end
  }
  return `linear-gradient(90deg, ${stops.join(', ')})`
}
