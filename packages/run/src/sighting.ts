import { parseJson } from '@hotcb/protocol'
import { readDocumentText } from './documents.ts'
import type { DocumentObservation } from './life.ts'
import { readVitals } from './vitals.ts'

/** The result of reading the state document: its text, its stamp and its time. */
export interface StateText {
  readonly text: string
  readonly stamp: string
  readonly modifiedMs: number
}

/** Parses the readable part of a state document. */
export function observeState({ text, stamp, modifiedMs }: StateText): DocumentObservation {
  const read = readDocumentText('state', text)
  if (read.ok && read.value !== undefined) {
    return { stamp, modifiedMs, vitals: readVitals(read.value), state: read.value, trouble: undefined }
  }
  // A newer kernel's document counts as a heartbeat, even if it cannot be parsed completely.
  const parsed = parseJson(text)
  const trouble = read.ok ? 'is empty' : read.reason
  return { stamp, modifiedMs, vitals: parsed.ok ? readVitals(parsed.value) : undefined, state: undefined, trouble }
}
