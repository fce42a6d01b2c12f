import type { ReadonlySignal } from '@preact/signals'
import type { RunDetail } from '../../shared/wire.ts'
import { me } from '../session.ts'
import { connection } from '../socket.ts'

/** A run's last known state. */
export interface SeenRun {
  readonly detail: ReadonlySignal<RunDetail | undefined>
  /** Why the state is not live. */
  readonly problem: ReadonlySignal<string | null>
}

/** Whether this person may only read. Controls are hidden in that case. */
export function isViewer(): boolean {
  return me.value.role === 'viewer'
}

/** Whether this person may start programs and load code. Without this right, such controls are hidden. */
export function isOwner(): boolean {
  return me.value.role === 'owner'
}

/** Why this person may not send commands to a run; undefined if they may. */
export function roleReason(detail: RunDetail | undefined): string | undefined {
  if (isViewer()) return 'Your token only allows you to view runs, not to change anything.'
  return detail?.read_only ?? undefined
}

/** Why no command can be sent to a run now; undefined if one can. */
export function operateReason({ detail, problem }: SeenRun): string | undefined {
  const reason = roleReason(detail.value)
  if (reason !== undefined) return reason
  if (connection.value === 'lost') return 'The connection to the server is lost.'
  return problem.value === null ? undefined : `Nothing can be sent: ${problem.value}.`
}

/** Why this page may not load code, freeze or unfreeze; undefined if it may. */
export function ownReason(run: SeenRun): string | undefined {
  if (me.value.role === 'operator') return 'Only an owner can do this; your token has the role of an operator.'
  return operateReason(run)
}

/** Returns why no trainer would act on a command now; undefined if a trainer may be alive. */
export function deadReason(detail: RunDetail | undefined): string | undefined {
  switch (detail?.row.status) {
    case 'finished':
      return 'The run is finished.'
    case 'silent':
      return 'The trainer shows no sign of life.'
    case 'idle':
      return 'No trainer has run here yet.'
    default:
      return undefined
  }
}
