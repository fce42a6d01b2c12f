import { replaceDocument, watchDocument } from '@hotcb/journal'
import type { DocumentPort } from '../ports.ts'

/** A document that other processes replace, as a file. */
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
