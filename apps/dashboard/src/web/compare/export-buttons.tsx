import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { saveCsv, saveParquet, savePng, saveSvg } from './export-chart.ts'
import type { Picture } from './paint.ts'

/** Shows buttons that save the content of a chart. */
export function ExportButtons({ picture, title }: { readonly picture: Picture; readonly title: string }): JSX.Element {
  const [problem, setProblem] = useState('')
  const saveAsParquet = async (): Promise<void> => {
    try {
      await saveParquet(picture, title)
      setProblem('')
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
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
      <button type="button" class="button" onClick={() => void saveAsParquet()}>
        Parquet
      </button>
      {problem !== '' && (
        <p class="issue" role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}
