import {
  type Capabilities,
  type ControlDescription,
  type ControlsDocument,
  type FreezeState,
  isObject,
  type Json,
  ok,
  parseJson,
  type Result,
  type RunDocument,
  readCapabilities,
  readControl,
  readControlsDocument,
  readFreeze,
  readRunDocument,
  readStateDocument,
  refused,
  type StateDocument,
  UNFROZEN,
} from '@hotcb/protocol'

/** The documents in a run directory, keyed by their names in `runFiles`. */
export interface RunDocuments {
  readonly state: StateDocument
  readonly actuators: ControlsDocument
  readonly freeze: FreezeState
  readonly run: RunDocument
  readonly capabilities: Capabilities
}

export type DocumentName = keyof RunDocuments

/** The result of reading a document. */
export interface DocumentReading<Value> {
  /** Undefined if there is none, or it cannot be read. */
  readonly value: Value | undefined
  /** Why the document exists but cannot be read, in one line. */
  readonly trouble: string | undefined
  /** When it was written, in epoch milliseconds according to the file system's clock; null if there is no document. */
  readonly modifiedMs: number | null
}

const READERS: { readonly [Name in DocumentName]: (value: unknown) => Result<RunDocuments[Name]> } = {
  state: readStateDocument,
  actuators: readControls,
  freeze: readFreeze,
  run: readRunDocument,
  capabilities: readCapabilities,
}

/** The names of the documents. */
export const DOCUMENT_NAMES: readonly string[] = Object.keys(READERS)

/**
 * Parses the text of a document. As in the kernel, empty text means that there is no document. The state document is an
 * exception: it is always replaced as a whole, so it is never empty.
 *
 * @returns the document; undefined if there is none; or the problem, in one line that is printed after the file name.
 */
export function readDocumentText<Name extends DocumentName>(
  name: Name,
  text: string,
): Result<RunDocuments[Name] | undefined> {
  if (text.trim() === '' && name !== 'state') return ok(undefined)
  const parsed = parseJson(text)
  if (!parsed.ok) return refused(`is not JSON: ${parsed.reason}`)
  const read = READERS[name](parsed.value)
  return read.ok ? read : refused(`cannot be read: ${read.reason}`)
}

/** A freeze state, and the reason if its document cannot be read. */
export interface FreezeReading {
  readonly state: FreezeState
  readonly trouble: string | undefined
}

/**
 * Returns the freeze that a trainer would apply if it started now: a missing document means `off`, an unreadable one
 * `prod`.
 */
export function freezeOf({ value, trouble }: DocumentReading<FreezeState>): FreezeReading {
  return { state: trouble === undefined ? (value ?? UNFROZEN) : { ...UNFROZEN, mode: 'prod' }, trouble }
}

/** Reads the controls one by one, so that one unreadable control, perhaps from a newer kernel, does not hide the others. */
function readControls(value: unknown): Result<ControlsDocument> {
  const list = isObject(value) ? value['controls'] : undefined
  if (!Array.isArray(list)) return readControlsDocument(value)
  const modules = isObject(value) ? value['modules'] : undefined
  // The output of a JSON parser is JSON.
  return ok({ controls: list.flatMap(readOne), ...(Array.isArray(modules) && { modules: modules as readonly Json[] }) })
}

function readOne(value: unknown): readonly ControlDescription[] {
  const read = readControl(value)
  if (read.ok) return [read.value]
  if (!isObject(value) || value['groups'] === undefined) return []
  // Parameter group values are only for display, so a control without them is still useful.
  const { groups: _unreadable, ...rest } = value
  return readOne(rest)
}
