import { join } from 'node:path'
import { readDocument, replaceDocument } from '@hotcb/journal'
import { isObject, parseJson } from '@hotcb/protocol'

/** Remembers the messages that a chat channel has posted and later edits: its status message and its threads, by name. */
export interface ChatMemory {
  get(name: string): string | null
  set(name: string, ref: string): void
  forget(name: string): void
}

/** Opens the memory in the workspace, so that the next monitor edits the same message. */
export function openChatMemory(stateDir: string, via: string): ChatMemory {
  const path = join(stateDir, `monitor-${via}.json`)
  const parsed = parseJson(readDocument(path)?.text ?? '')
  const known = new Map<string, string>()
  if (parsed.ok && isObject(parsed.value))
    for (const [name, ref] of Object.entries(parsed.value)) if (typeof ref === 'string') known.set(name, ref)
  const save = (): void => replaceDocument(path, `${JSON.stringify(Object.fromEntries(known))}\n`)
  return {
    get: (name) => known.get(name) ?? null,
    set(name, ref) {
      known.set(name, ref)
      save()
    },
    forget(name) {
      if (known.delete(name)) save()
    },
  }
}
