import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../parts/dialog.tsx'
import { AxisForm } from './axis-form.tsx'
import type { ChartSpec } from './chart-spec.ts'
import { ExportButtons } from './export-buttons.tsx'
import type { Picture } from './paint.ts'

/** One chart's settings and export. */
export function ChartMenu(props: {
  readonly spec: ChartSpec
  readonly picture: Picture
  readonly onSpec: (spec: ChartSpec | undefined) => void
  readonly isFixed: boolean
}): JSX.Element {
  const { spec, picture, onSpec, isFixed } = props
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
        aria-label={`Options for ${spec.text}`}
        title="Options and export"
        onClick={() => setIsOpen(true)}
      >
        ⋯
      </button>
      {!isFixed && (
        <button
          type="button"
          class="button icon quiet"
          aria-label={`Remove ${spec.text}`}
          title="Remove"
          onClick={() => onSpec(undefined)}
        >
          ✕
        </button>
      )}
      {isOpen && (
        <Dialog title={spec.text} onClose={() => setIsOpen(false)}>
          <AxisForm
            options={spec}
            onOptions={(options) => {
              setIsOpen(false)
              onSpec({ ...spec, ...options })
            }}
          />
          <ExportButtons picture={picture} title={spec.text} />
        </Dialog>
      )}
    </>
  )
}
