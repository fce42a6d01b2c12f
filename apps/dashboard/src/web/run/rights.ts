import type { RunDetail } from '../../shared/wire.ts'
import { me } from '../session.ts'

/** Why this page may send no commands to a run; undefined where it may. */
export function operateReason(detail: RunDetail | undefined): string | undefined {
  if (me.value.role === 'viewer') return 'Your token lets you look, and change nothing.'
  return detail?.read_only ?? undefined
}

/** Why this page may not load code, freeze or unfreeze; undefined where it may. */
export function ownReason(detail: RunDetail | undefined): string | undefined {
  if (me.value.role === 'operator') return 'This takes an owner: your token is that of an operator.'
  return operateReason(detail)
}

/** Why no trainer would obey now; undefined where one may be alive. */
export function deadReason(detail: RunDetail | undefined): string | undefined {
  switch (detail?.row.status) {
    case 'finished':
      return 'The run is finished.'
    case 'silent':
      return 'The trainer shows no sign of life.'
    case 'idle':
      return 'No trainer is known here.'
    default:
      return undefined
  }
}
