import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../parts/dialog.tsx'
import type { ChartSpec } from './chart-spec.ts'
import { saveCsv, savePng, saveSvg } from './export-chart.ts'
import type { Picture } from './paint.ts'

/** How one chart is drawn, and its export. */
export function ChartMenu(props: {
  readonly spec: ChartSpec
  readonly picture: Picture
  readonly onSpec: (spec: ChartSpec | undefined) => void
}): JSX.Element {
  const { spec, picture, onSpec } = props
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        class="button icon quiet"
        aria-pressed={spec.isLog}
        aria-label={`Log axis for ${spec.text}`}
        title="Log axis"
        onClick={() => onSpec({ ...spec, isLog: !spec.isLog })}
      >
        log
      </button>
      <button
        type="button"
        class="button icon quiet"
        aria-label={`Options of ${spec.text}`}
        title="Options and export"
        onClick={() => setIsOpen(true)}
      >
        ⋯
      </button>
      <button
        type="button"
        class="button icon quiet"
        aria-label={`Remove ${spec.text}`}
        title="Remove"
        onClick={() => onSpec(undefined)}
      >
        ✕
      </button>
      {isOpen && (
        <Dialog title={spec.text} onClose={() => setIsOpen(false)}>
          <SpecForm
            spec={spec}
            onSpec={(next) => {
              setIsOpen(false)
              onSpec(next)
            }}
          />
          <div class="actions">
            <button type="button" class="button" onClick={() => savePng(picture, spec.text)}>
              PNG
            </button>
            <button type="button" class="button" onClick={() => saveSvg(picture, spec.text)}>
              SVG
            </button>
            <button type="button" class="button" onClick={() => saveCsv(picture, spec.text)}>
              CSV
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}

function SpecForm({
  spec,
  onSpec,
}: {
  readonly spec: ChartSpec
  readonly onSpec: (spec: ChartSpec) => void
}): JSX.Element {
  const [low, setLow] = useState(spec.low === null ? '' : String(spec.low))
  const [high, setHigh] = useState(spec.high === null ? '' : String(spec.high))
  const [thresholds, setThresholds] = useState(spec.thresholds.join(', '))
  const [hidesOutliers, setHidesOutliers] = useState(spec.hidesOutliers)
  const problem = problemOf(low, high, thresholds)
  return (
    <form
      class="labels-form"
      onSubmit={(event) => {
        event.preventDefault()
        const numbers = (text: string): number[] => (text.trim() === '' ? [] : text.split(',').map(Number))
        onSpec({
          ...spec,
          low: numbers(low)[0] ?? null,
          high: numbers(high)[0] ?? null,
          thresholds: numbers(thresholds),
          hidesOutliers,
        })
      }}
    >
      <label>
        Lower end of the axis; empty fits the values
        <input class="input" inputMode="decimal" value={low} onInput={(event) => setLow(event.currentTarget.value)} />
      </label>
      <label>
        Upper end of the axis
        <input class="input" inputMode="decimal" value={high} onInput={(event) => setHigh(event.currentTarget.value)} />
      </label>
      <label>
        Thresholds, with commas between them
        <input class="input" value={thresholds} onInput={(event) => setThresholds(event.currentTarget.value)} />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={hidesOutliers}
          onChange={(event) => setHidesOutliers(event.currentTarget.checked)}
        />
        Leave the most extreme hundredth at each end out of the axis
      </label>
      <p class="issue" role="alert">
        {problem}
      </p>
      <div class="actions">
        <button type="submit" class="button primary" disabled={problem !== ''}>
          Show
        </button>
      </div>
    </form>
  )
}

function problemOf(low: string, high: string, thresholds: string): string {
  for (const text of [low, high, ...thresholds.split(',')]) {
    if (text.trim() !== '' && !Number.isFinite(Number(text))) return `\`${text.trim()}\` must be a number`
  }
  const areBoth = low.trim() !== '' && high.trim() !== ''
  return areBoth && Number(low) >= Number(high) ? 'the lower end must be below the upper one' : ''
}
