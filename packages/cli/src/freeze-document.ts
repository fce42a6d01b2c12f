import { readFileSync } from 'node:fs'
import { type FreezeState, parseFreeze, UNFROZEN } from '@hotcb/protocol'
import { cannot, type Run } from './run.ts'

/** The freeze as its document has it. */
export interface FreezeReading {
  /** Off where there is no document, or an empty one. */
  readonly state: FreezeState
  /** Why the document that is there cannot be understood: a trainer that starts now takes it for `prod`. */
  readonly trouble?: string
}

/** Reads `hotcb.freeze.json`. */
export function readFreezeDocument(run: Run): FreezeReading {
  let text: string
  try {
    text = readFileSync(run.path('freeze'), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { state: UNFROZEN }
    throw cannot(`read \`${run.path('freeze')}\``, error)
  }
  if (text.trim() === '') return { state: UNFROZEN }
  const parsed = parseFreeze(text)
  return parsed.ok ? { state: parsed.value } : { state: { ...UNFROZEN, mode: 'prod' }, trouble: parsed.reason }
}
