import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../thrown.ts'
import { FONT, FONT_FAMILY } from './font.ts'

/** The parts of `@resvg/resvg-js` that are used. It is optional: it brings a program for each platform. */
interface Resvg {
  readonly Resvg: new (
    svg: string,
    options: {
      readonly font: {
        readonly loadSystemFonts: boolean
        readonly fontFiles: readonly string[]
        readonly defaultFontFamily: string
        readonly sansSerifFamily: string
      }
      readonly fitTo: { readonly mode: 'zoom'; readonly value: number }
    },
  ) => { render(): { asPng(): Uint8Array } }
}

/**
 * Draws an SVG as a PNG of twice its size, with the font of this package: a machine without fonts draws the same picture.
 *
 * @returns The bytes of the PNG, or one line that says why there is none.
 */
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
  // The library takes fonts as files only.
  const folder = mkdtempSync(join(tmpdir(), 'hotcb-font-'))
  try {
    const file = join(folder, 'font.ttf')
    writeFileSync(file, Buffer.from(FONT, 'base64'))
    const font = {
      // For signs that the font of this package lacks.
      loadSystemFonts: true,
      fontFiles: [file],
      defaultFontFamily: FONT_FAMILY,
      sansSerifFamily: FONT_FAMILY,
    }
    return { ok: true, png: new loaded.Resvg(svg, { font, fitTo: { mode: 'zoom', value: 2 } }).render().asPng() }
  } catch (error) {
    return { ok: false, why: `the PNG could not be drawn: ${messageOf(error)}` }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
