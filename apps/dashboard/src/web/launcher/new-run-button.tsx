import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { lazyPanel } from '../panels/lazy-panel.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { isOwner } from '../run/rights.ts'
import { me } from '../session.ts'

const LazyForm = lazyPanel(async () => (await import('./start-form.tsx')).StartForm)

/** Opens the form that starts a training run. It is hidden if the server does not start any, or this person may not start one. */
export function NewRunButton(): JSX.Element | null {
  const [isOpen, setIsOpen] = useState(false)
  if (!me.value.has_launcher || !isOwner()) return null
  return (
    <>
      <button type="button" class="button" onClick={() => setIsOpen(true)}>
        New run
      </button>
      {isOpen && (
        <Dialog title="Start a training run" onClose={() => setIsOpen(false)}>
          <LazyForm />
        </Dialog>
      )}
    </>
  )
}
