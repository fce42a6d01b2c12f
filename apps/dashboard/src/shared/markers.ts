import { isObject, type LedgerLine, type ModuleTable, readAttempt } from '@hotcb/protocol'
import type { Marker, MarkerList } from './wire.ts'

/** The list before the first ledger line. */
export const NO_MARKERS: MarkerList = { markers: [], refused: [], attempt: 0, lines: 0 }

/** The maximum number of unapplied commands in the list. A program may send thousands of them. */
const MOST_REFUSED = 1000

/**
 * Adds the next ledger lines to a list of markers: applied changes and the latest refused ones, oldest first. Markers for
 * changes that a checkpoint load undid are removed.
 */
export function foldMarkers(list: MarkerList, lines: readonly LedgerLine[]): MarkerList {
  let markers = [...list.markers]
  let refused = [...list.refused]
  let { attempt } = list
  for (const line of lines) {
    if (line.module === 'core' && line.op === 'attempt') {
      const opened = readAttempt(line)
      if (opened === null || opened.n < attempt) continue
      attempt = opened.n
      const seam = seamOf(line)
      if (seam === undefined) continue
      markers = markers.filter((marker) => marker.step < seam)
      refused = refused.filter((marker) => marker.step < seam)
      continue
    }
    const marker = markerOf(line, attempt)
    if (marker?.decision === 'applied') markers.push(marker)
    else if (marker !== undefined) keepNewest(refused, marker)
  }
  return { markers, refused, attempt, lines: list.lines + lines.length }
}

function keepNewest(refused: Marker[], marker: Marker): void {
  if (refused.push(marker) > MOST_REFUSED) refused.shift()
}

/** Returns the step from which on an attempt undid everything; undefined if it undid nothing. */
function seamOf({ payload }: LedgerLine): number | undefined {
  const { cut, step } = payload ?? {}
  return cut === true && typeof step === 'number' ? step : undefined
}

function markerOf(line: LedgerLine, attempt: number): Marker | undefined {
  if (line.attempt !== null && line.attempt < attempt) return undefined
  const { seq, step, module, op, id, source, author, payload, old, reverts, decision, error, notes, wall_time } = line
  if (line.of !== null || step === null) return undefined
  const params = payload !== null && op === 'set_params' ? payload : line.params
  const note = error ?? notes
  return { seq, step, module, op, id, source, author, params, old, reverts, decision, note, wall_time }
}

/**
 * Whether a line is routine, which means that it records no change by a person: the trainer, a rule or a tuner saved or dropped a
 * checkpoint, or a module recorded something, such as a proposal from the tuner. Hundreds of such lines would hide the changes.
 */
export function isRoutine(
  { module, op, params, author, source }: Pick<Marker, 'module' | 'op' | 'params' | 'author' | 'source'>,
  table: ModuleTable,
): boolean {
  if (table.op(module, op)?.isRecord === true) return true
  if (module !== 'core' || op !== 'checkpoint' || author !== null || PEOPLE.includes(source)) return false
  const action = isObject(params) ? (params['action'] ?? 'save') : 'save'
  return action === 'save' || action === 'drop'
}

/** Sources that are people, even if they gave no name. */
export const PEOPLE: readonly string[] = ['dashboard', 'cli']
