import { type AllowedFolders, type DocumentLimits, readStampedDocument, readStampedDocumentAsync } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import { type DocumentName, type DocumentReading, type RunDocuments, readDocumentText } from '../documents.ts'

/**
 * Reads a document of a run.
 *
 * @throws JournalError when it exists and cannot be opened.
 */
export function readRunDocument<Name extends DocumentName>(
  name: Name,
  path: string,
  within?: AllowedFolders,
): DocumentReading<RunDocuments[Name]> {
  const found = readStampedDocument(path, limitsOf(within))
  return found === null ? ABSENT : readingOf(name, path, found)
}

/** Returns the size limit for the documents of a run. A larger file cannot be one of them. */
export function limitsOf(within: AllowedFolders | undefined): DocumentLimits {
  return { maxBytes: MAX_DOCUMENT_BYTES, ...(within && { within }) }
}

const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
const ABSENT = { value: undefined, trouble: undefined, modifiedMs: null }

/** A document that is read again when it has changed, without blocking the thread. */
export interface WatchedDocument<Name extends DocumentName> {
  /** The result of the last `refresh`. While the document cannot be read, it has the last valid value and the reason. */
  readonly reading: DocumentReading<RunDocuments[Name]>
  /** Checks the file. Returns true if its content has changed, or the reason why it cannot be read has. */
  refresh(): Promise<boolean>
}

/** Where the document may be. */
export interface WatchDocumentOptions {
  /** It must be in one of these directories; elsewhere it counts as unreadable. @defaultValue anywhere */
  readonly within?: AllowedFolders
}

/** Watches a document of a run, which need not exist. */
export function watchRunDocument<Name extends DocumentName>(
  name: Name,
  path: string,
  { within }: WatchDocumentOptions = {},
): WatchedDocument<Name> {
  let known: string | undefined
  let reading: DocumentReading<RunDocuments[Name]> = ABSENT
  return {
    get reading() {
      return reading
    },
    async refresh() {
      const before = reading
      try {
        const found = await readStampedDocumentAsync(path, { ...limitsOf(within), ...(known && { known }) })
        if (found === 'same') return false
        known = found?.stamp
        const fresh = found === null ? ABSENT : readingOf(name, path, found)
        reading = fresh.trouble === undefined ? fresh : { ...fresh, value: before.value }
        return found !== null || before.modifiedMs !== null
      } catch (error) {
        known = undefined
        reading = { ...before, trouble: messageOf(error) }
        return reading.trouble !== before.trouble
      }
    },
  }
}

function readingOf<Name extends DocumentName>(
  name: Name,
  path: string,
  { text, modifiedMs }: { readonly text: string; readonly modifiedMs: number },
): DocumentReading<RunDocuments[Name]> {
  const read = readDocumentText(name, text)
  return read.ok
    ? { value: read.value, trouble: undefined, modifiedMs }
    : { value: undefined, trouble: `\`${path}\` ${read.reason}`, modifiedMs }
}
