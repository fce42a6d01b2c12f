import { messageOf } from '@hotcb/protocol'

/** The parts of `@resvg/resvg-js` that are used. It is optional: it brings a program for each platform. */
interface Resvg {
  readonly Resvg: new (
    svg: string,
    options: {
      readonly font: { readonly loadSystemFonts: boolean }
      readonly fitTo: { readonly mode: 'zoom'; readonly value: number }
    },
  ) => { render(): { asPng(): Uint8Array } }
}

/** A picture of the SVG at twice its size, or one line that says why there is none. */
export async function renderPng(
  svg: string,
): Promise<{ readonly ok: true; readonly png: Uint8Array } | { readonly ok: false; readonly why: string }> {
  let loaded: Resvg
  try {
    // In a variable, so that no bundler looks for a package that need not be there.
    const name = '@resvg/resvg-js'
    loaded = await import(name)
  } catch {
    return { ok: false, why: 'a PNG needs a package that is not installed: `npm i @resvg/resvg-js`' }
  }
  try {
    const options = { font: { loadSystemFonts: true }, fitTo: { mode: 'zoom', value: 2 } } as const
    return { ok: true, png: new loaded.Resvg(svg, options).render().asPng() }
  } catch (error) {
    return { ok: false, why: `the PNG could not be drawn: ${messageOf(error)}` }
  }
}
