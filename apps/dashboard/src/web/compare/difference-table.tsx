import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { CompareFacts } from '../../shared/compare-wire.ts'
import type { RunLook } from '../runs/run-color.ts'
import { Swatch } from '../runs/swatch.tsx'
import { differenceRows } from './differences.ts'

const MOST_COLUMNS = 24

/** The differences between the runs, with a column for each run. */
export function DifferenceTable(props: {
  readonly facts: readonly CompareFacts[]
  readonly looks: ReadonlyMap<string, RunLook>
}): JSX.Element {
  const { facts, looks } = props
  const [showsAll, setShowsAll] = useState(false)
  const shown = facts.slice(0, MOST_COLUMNS)
  const sections = differenceRows(shown, showsAll)
  return (
    <section class="card panel" aria-label="Differences">
      <header>
        <h2>{showsAll ? 'All facts' : 'Differences'}</h2>
        <span class="muted">
          {facts.length > MOST_COLUMNS ? `the first ${MOST_COLUMNS} of ${facts.length} runs` : ''}
        </span>
        <span class="spacer" />
        <button type="button" class="button small" aria-pressed={showsAll} onClick={() => setShowsAll(!showsAll)}>
          Show all facts
        </button>
      </header>
      {sections.length === 0 ? (
        <p class="muted">
          These runs do not differ in parameters, changes, callbacks or last metrics. Choose two runs in the table of
          runs to compare them.
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
        <div class="scroll-x" role="region" aria-label="Table of differences" tabIndex={0}>
          <table class="plain compare-facts">
            <thead>
              <tr>
                <th scope="col">
                  <span class="visually-hidden">Fact</span>
                </th>
                {shown.map(({ id, name }) => (
                  <th key={id} scope="col" class="number" title={name}>
                    <RunSwatch of={looks.get(id)} /> {name.split('/').at(-1)}
                  </th>
                ))}
              </tr>
            </thead>
            {sections.map(({ title, rows }) => (
              <tbody key={title}>
                <tr>
                  <th scope="rowgroup" colSpan={shown.length + 1} class="section">
                    {title}
                  </th>
                </tr>
                {rows.map(({ name, cells, isDifferent }) => (
                  <tr key={name} class={isDifferent ? '' : 'muted'}>
                    <th scope="row">{name}</th>
                    {cells.map((cell, i) => (
                      <td key={shown[i]?.id ?? i} class="number">
                        {cell}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            ))}
          </table>
        </div>
      )}
    </section>
  )
}

/** Shows the colour of a run. Each column is a run, so no swatch is shown while lines represent groups. */
function RunSwatch({ of: look }: { readonly of: RunLook | undefined }): JSX.Element | null {
  return look === undefined ? null : <Swatch of={look} />
}
