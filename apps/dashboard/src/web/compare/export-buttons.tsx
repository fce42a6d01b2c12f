import type { JSX } from 'preact'
import { saveCsv, savePng, saveSvg } from './export-chart.ts'
import type { Picture } from './paint.ts'

/** Saves what a chart shows. */
export function ExportButtons({ picture, title }: { readonly picture: Picture; readonly title: string }): JSX.Element {
  return (
    <div class="actions" role="group" aria-label="Save as">
      <button type="button" class="button" onClick={() => savePng(picture, title)}>
        PNG
      </button>
      <button type="button" class="button" onClick={() => saveSvg(picture, title)}>
        SVG
      </button>
      <button type="button" class="button" onClick={() => saveCsv(picture, title)}>
        CSV
      </button>
    </div>
  )
}
