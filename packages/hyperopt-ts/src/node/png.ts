import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../thrown.ts'
import { FONT, FONT_FAMILY } from './font.ts'

/** The parts of `@resvg/resvg-js` that are used. The package is optional, because it contains native code for each platform. */
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
 * Renders an SVG as a PNG at twice its size, using this package's font, so that a machine without fonts renders the same picture.
 *
 * @returns The bytes of the PNG, or a one-line reason why there is none.
 */
export async function renderPng(
  svg: string,
): Promise<{ readonly ok: true; readonly png: Uint8Array } | { readonly ok: false; readonly why: string }> {
  let loaded: Resvg
  try {
    // The name is in a variable, so that no bundler searches for a package that may not be installed.
    const name = '@resvg/resvg-js'
    loaded = await import(name)
  } catch {
    return { ok: false, why: 'a PNG needs a package that is not installed: `npm i @resvg/resvg-js`' }
  }
  // The library accepts fonts only as files.
  const folder = mkdtempSync(join(tmpdir(), 'hotcb-font-'))
  try {
    const file = join(folder, 'font.ttf')
    writeFileSync(file, Buffer.from(FONT, 'base64'))
    const font = {
      // For characters that this package's font lacks.
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
