import { readStampedDocument, replaceDocument } from '@hotcb/journal'
import { parseJson } from '@hotcb/protocol'
import type { Run } from '@hotcb/run/node'
import { type AiMemory, memoryJson, NO_MEMORY, readMemory } from '../../ai/memory.ts'

/** Returns the memory of a run's model. An unreadable file is ignored, because a run does not depend on it. */
export function readMemoryOf({ path, within }: Pick<Run, 'path' | 'within'>): AiMemory {
  try {
    const document = readStampedDocument(path('aiState'), { maxBytes: MAX_BYTES, ...(within && { within }) })
    const parsed = document?.text === undefined ? undefined : parseJson(document.text)
    return parsed?.ok === true ? readMemory(parsed.value) : NO_MEMORY
  } catch {
    return NO_MEMORY
  }
}

const MAX_BYTES = 1024 * 1024

/** @throws JournalError. */
export function writeMemory(run: Pick<Run, 'path'>, memory: AiMemory, facts: Parameters<typeof memoryJson>[1]): void {
  replaceDocument(run.path('aiState'), `${JSON.stringify(memoryJson(memory, facts), null, 2)}\n`)
}
