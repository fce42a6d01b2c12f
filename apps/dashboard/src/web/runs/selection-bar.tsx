import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { TableRow } from '../../shared/table/table-wire.ts'
import { pagePath } from '../base.ts'
import { Dialog } from '../parts/dialog.tsx'
import { goTo } from '../route.ts'
import { isViewer } from '../run/rights.ts'
import { changeLabels } from './change-labels.ts'
import { LabelsForm } from './labels-form.tsx'
import { linkedLooks } from './run-color.ts'
import { selection, setSelection } from './selection.ts'

/** Shows buttons for the selected runs. Empty if none is selected. */
export function SelectionBar({ rows }: { readonly rows: Iterable<TableRow> }): JSX.Element | null {
  const [isEditing, setIsEditing] = useState(false)
  const ids = [...selection.value]
  if (ids.length === 0) return null
  const known = [...rows].filter(({ row }) => selection.value.has(row.id))
  const isSet = (label: 'pin' | 'archived'): boolean => known.length > 0 && known.every(({ labels }) => labels[label])
  const change = (labels: { readonly pin?: boolean; readonly archived?: boolean }): void => {
    void changeLabels({ runs: ids, ...labels })
  }
  return (
    <div class="selection-bar card" role="toolbar" aria-label="Selected runs">
      <b>{ids.length === 1 ? '1 run' : `${ids.length} runs`}</b>
      <button type="button" class="button primary small" onClick={() => goTo(compareHref(ids))}>
        Compare
      </button>
      {!isViewer() && (
        <>
          <button type="button" class="button small" onClick={() => setIsEditing(true)}>
            {ids.length === 1 ? 'Tags, name, notes' : 'Add tags'}
          </button>
          <button type="button" class="button small" onClick={() => change({ pin: !isSet('pin') })}>
            {isSet('pin') ? 'Unpin' : 'Pin'}
          </button>
          <button type="button" class="button small" onClick={() => change({ archived: !isSet('archived') })}>
            {isSet('archived') ? 'Unarchive' : 'Archive'}
          </button>
        </>
      )}
      <span class="spacer" />
      <button type="button" class="button quiet small" onClick={() => setSelection([])}>
        Clear selection
      </button>
      {isEditing && (
        <Dialog title={ids.length === 1 ? 'Run labels' : 'Add tags'} onClose={() => setIsEditing(false)}>
          <LabelsForm
            runs={ids}
            labels={ids.length === 1 ? known[0]?.labels : undefined}
            onDone={() => setIsEditing(false)}
          />
        </Dialog>
      )}
    </div>
  )
}

/** Returns the address of the page that compares runs. */
export function compareHref(ids: readonly string[]): string {
  const looks = linkedLooks(ids)
  return `${pagePath('compare')}?runs=${ids.map(encodeURIComponent).join(',')}${looks === null ? '' : `&colors=${looks}`}`
}
