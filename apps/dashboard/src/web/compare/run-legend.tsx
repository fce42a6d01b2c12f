import type { JSX } from 'preact'
import type { CompareFacts } from '../../shared/compare-wire.ts'
import { follows, runHref } from '../route.ts'
import type { RunLook } from '../runs/run-color.ts'
import { Swatch } from '../runs/swatch.tsx'
import { setHidden } from './compare-view.ts'
import { hoveredLine } from './cursor.ts'
import type { RunGroup } from './groups.ts'

const NO_LOOK: RunLook = { color: 'transparent', dash: [] }

/** The runs or groups, each with its colour. Each can be hidden, and a run can be removed. */
export function RunLegend(props: {
  readonly groups: readonly RunGroup[]
  readonly facts: readonly CompareFacts[]
  readonly hidden: ReadonlySet<string>
  readonly onRemove: (id: string) => void
  readonly looks: ReadonlyMap<string, RunLook>
}): JSX.Element {
  const { groups, facts, hidden, onRemove, looks } = props
  const hovered = hoveredLine.value
  const byId = new Map(facts.map((run) => [run.id, run]))
  const toggle = (id: string): void => {
    setHidden(hidden.has(id) ? [...hidden].filter((other) => other !== id) : [...hidden, id])
  }
  return (
    <ul class="compare-legend" aria-label="Compared runs">
      {groups.map(({ id, label, runs: members }) => {
        const run = byId.get(id)
        return (
          <li key={id} class={hovered === id ? 'hovered' : ''}>
            <label class="cut" title={run?.problem ?? label}>
              <input type="checkbox" checked={!hidden.has(id)} onChange={() => toggle(id)} />
              <Swatch of={looks.get(id) ?? NO_LOOK} />
              <span class="cut">{label}</span>
            </label>
            {run === undefined ? (
              <span class="muted small-text nowrap">{members.length === 1 ? '1 run' : `${members.length} runs`}</span>
            ) : (
              <>
                <a
                  class="small-text"
                  href={runHref(id)}
                  aria-label={`Open ${label}`}
                  onClick={(event) => follows(event, runHref(id))}
                >
                  open
                </a>
                <button
                  type="button"
                  class="button icon quiet"
                  aria-label={`Remove ${label}`}
                  onClick={() => onRemove(id)}
                >
                  ✕
                </button>
              </>
            )}
          </li>
        )
      })}
    </ul>
  )
}
