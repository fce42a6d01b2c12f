import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { MediaFile, MediaSeries } from '../../../shared/media.ts'
import { runPath } from '../../api.ts'
import { pagePath } from '../../base.ts'

/**
 * Shows the images and text files with one name, with a slider for the step. While the slider is at its end, it follows the
 * latest step.
 */
export function MediaCard({ run, series }: { readonly run: string; readonly series: MediaSeries }): JSX.Element {
  const { name, files } = series
  const [chosen, setChosen] = useState<number | null>(null)
  const last = files.length - 1
  const at = chosen === null ? last : Math.min(chosen, last)
  const file = files[at]
  return (
    <figure class="card chart media-card" data-media={name}>
      <header>
        <h3 class="cut" title={name}>
          {name}
        </h3>
        <span class="muted small-text nowrap">
          {file === undefined ? '' : `step ${file.step}`}, {at + 1} of {files.length}
        </span>
      </header>
      {file !== undefined && <Media run={run} name={name} file={file} />}
      {files.length > 1 && (
        <input
          type="range"
          min="0"
          max={last}
          value={at}
          aria-label={`Step of ${name}`}
          aria-valuetext={`step ${file?.step}`}
          onInput={(event) => {
            const next = event.currentTarget.valueAsNumber
            setChosen(next === last ? null : next)
          }}
        />
      )}
    </figure>
  )
}

function Media(props: { readonly run: string; readonly name: string; readonly file: MediaFile }): JSX.Element {
  const { run, name, file } = props
  const path = pagePath(`api/${runPath(run, `media/${encodeURIComponent(name)}/${file.file}`)}`)
  if (file.kind === 'text') return <MediaText name={name} path={path} step={file.step} />
  return <img class="media-image" src={path} alt={`${name} at step ${file.step}`} decoding="async" />
}

function MediaText(props: { readonly name: string; readonly path: string; readonly step: number }): JSX.Element {
  const { name, path, step } = props
  const [text, setText] = useState('')
  useEffect(() => {
    let isLeft = false
    readText(path).then((read) => !isLeft && setText(read))
    return () => {
      isLeft = true
    }
  }, [path])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <section class="media-text" aria-label={`${name} at step ${step}`} tabIndex={0}>
      {text}
    </section>
  )
}

async function readText(path: string): Promise<string> {
  try {
    const response = await fetch(path, { credentials: 'same-origin' })
    return response.ok
      ? await response.text()
      : `This text cannot be read: the server returned status ${response.status}.`
  } catch (error) {
    return `This text cannot be read: ${messageOf(error)}`
  }
}
