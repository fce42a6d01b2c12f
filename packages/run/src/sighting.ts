import { parseJson } from '@hotcb/protocol'
import { readDocumentText } from './documents.ts'
import type { DocumentSighting } from './life.ts'
import { readVitals } from './vitals.ts'

/** What one look at the state document gave: its text, and when which file was written. */
export interface StateText {
  readonly text: string
  readonly stamp: string
  readonly modifiedMs: number
}

/** Reads a state document as far as it can be read. */
export function sightState({ text, stamp, modifiedMs }: StateText): DocumentSighting {
  const read = readDocumentText('state', text)
  if (read.ok && read.value !== undefined) {
    return { stamp, modifiedMs, vitals: readVitals(read.value), state: read.value, trouble: undefined }
  }
  // A newer kernel's document is a sign of life, even if not all of it is understood.
  const parsed = parseJson(text)
  const trouble = read.ok ? 'is empty' : read.reason
  return { stamp, modifiedMs, vitals: parsed.ok ? readVitals(parsed.value) : undefined, state: undefined, trouble }
}
