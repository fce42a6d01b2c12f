import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { lazyPanel } from '../panels/lazy-panel.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { isOwner } from '../run/rights.ts'
import { access, me } from '../session.ts'

const isOpen = signal(false)

const LazySessions = lazyPanel(async () => (await import('./agent-sessions.tsx')).AgentSessions)

/** Opens the list of the agents that use this dashboard. Only owners see the button. */
export function AgentsButton(): JSX.Element | null {
  if (access.value !== 'open' || !me.value.has_mcp || !isOwner()) return null
  return (
    <button
      type="button"
      class="button quiet small"
      title="Agents that use this dashboard over MCP"
      onClick={() => (isOpen.value = true)}
    >
      Agents
    </button>
  )
}

/**
 * Shows the dialog with that list. It is not inside the bar at the top, because its own header would be nested inside the
 * bar's header.
 */
export function AgentsDialog(): JSX.Element | null {
  if (!isOpen.value) return null
  return (
    <Dialog title="Agents" onClose={() => (isOpen.value = false)}>
      <LazySessions />
    </Dialog>
  )
}
