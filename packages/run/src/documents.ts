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

/** The documents of a run directory, by the names of `runFiles`. */
export interface RunDocuments {
  readonly state: StateDocument
  readonly actuators: ControlsDocument
  readonly freeze: FreezeState
  readonly run: RunDocument
  readonly capabilities: Capabilities
}

export type DocumentName = keyof RunDocuments

/** A document as read. */
export interface DocumentReading<Value> {
  /** Undefined if there is none, or it cannot be read. */
  readonly value: Value | undefined
  /** Why the existing document cannot be read, in one line. */
  readonly trouble: string | undefined
  /** When it was written, in epoch milliseconds by the clock of the file system; null if there is no document. */
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
 * Reads the text of a document. Empty text means no document, as for the kernel; the state document, which is always
 * replaced as a whole, is never empty.
 *
 * @returns undefined if there is none; or one line that continues after the name of the file.
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

/** A freeze state, and why its document cannot be read. */
export interface FreezeReading {
  readonly state: FreezeState
  readonly trouble: string | undefined
}

/** The meaning of a freeze document for a trainer that starts now: a missing one is `off`, an unreadable one `prod`. */
export function freezeOf({ value, trouble }: DocumentReading<FreezeState>): FreezeReading {
  return { state: trouble === undefined ? (value ?? UNFROZEN) : { ...UNFROZEN, mode: 'prod' }, trouble }
}

/** One unreadable control, perhaps from a newer kernel, does not hide the others. */
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
  // Values of parameter groups are only for display: a control is useful without them.
  const { groups: _unreadable, ...rest } = value
  return readOne(rest)
}
