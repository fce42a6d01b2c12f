import { isObject, messageOf } from '@hotcb/protocol'
import { onChange } from './complaint.ts'
import type { ControlsPorts, RegistryDocument } from './ports.ts'
import type { Registry } from './registry.ts'
import { formatRegistry } from './registry-document.ts'

/** Writes the document of registered paths, which also shows who owns the queue: the trainer that wrote it last. */
export interface Announcement {
  /**
   * Writes changes. Returns false after a different trainer has written the document, because this one then no longer owns the queue.
   */
  keep(): boolean
}

/** Creates the writer. Nothing is written before the first call to `keep`. */
export function createAnnouncement<Context>(
  document: RegistryDocument,
  registry: Registry<Context>,
  ports: Pick<ControlsPorts, 'wallTime' | 'newId' | 'parse'>,
  note: (message: string) => void,
): Announcement {
  const id = ports.newId()
  const complain = onChange(note)
  let written = -1
  let isLost = false

  /** Checks the owner in the document. If there is no document, it is written again. */
  function look(): void {
    const text = document.read()
    const parsed = text === null ? null : ports.parse(text)
    const holder = parsed?.ok === true && isObject(parsed.value) ? parsed.value['holder'] : undefined
    if (typeof holder !== 'string') written = -1
    else if (holder !== id) {
      isLost = true
      note('another trainer has taken over the queue: no more commands are applied here, and training continues')
    }
  }

  return {
    keep() {
      if (isLost) return false
      try {
        if (written >= 0 && document.changed()) look()
        if (!isLost && written !== registry.version) {
          document.write(formatRegistry(registry.all(), { holder: id, ts: ports.wallTime() }))
          written = registry.version
          look()
        }
        complain(null)
      } catch (error) {
        complain(messageOf(error))
      }
      return !isLost
    },
  }
}
