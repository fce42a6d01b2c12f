import { replaceDocument, watchDocument } from '@hotcb/journal'
import type { DocumentPort } from '../ports.ts'

/** Opens a document file that other processes replace. */
export function documentFile(path: string, network: boolean): DocumentPort {
  const watch = watchDocument(path, { network })
  return {
    changed: () => watch.changed(),
    read: () => watch.read(),
    write: (text) => replaceDocument(path, text),
    refresh: () => void watch.checkIdentity(),
    close: () => watch.close(),
  }
}
