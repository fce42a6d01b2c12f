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

/** A document as it was found. */
export interface DocumentReading<Value> {
  /** Undefined where there is none, or none that can be read. */
  readonly value: Value | undefined
  /** Why the document that is there cannot be read, in one line. */
  readonly trouble: string | undefined
  /** When it was written, in epoch milliseconds by the clock that stamps the files; null where there is none. */
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
 * Reads the text of a document. Empty text is no document, as it is to the kernel; the state document, which is only ever
 * replaced whole, is never empty.
 *
 * @returns undefined where there is none; or one line that goes on from the name of the file.
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

/** A freeze, and why its document cannot be read. */
export interface FreezeReading {
  readonly state: FreezeState
  readonly trouble: string | undefined
}

/** What a freeze document means to a trainer that starts now: none is `off`, and one that cannot be read `prod`. */
export function freezeOf({ value, trouble }: DocumentReading<FreezeState>): FreezeReading {
  return { state: trouble === undefined ? (value ?? UNFROZEN) : { ...UNFROZEN, mode: 'prod' }, trouble }
}

/** One control that cannot be read, of a newer kernel perhaps, hides none of the others. */
function readControls(value: unknown): Result<ControlsDocument> {
  const list = isObject(value) ? value['controls'] : undefined
  if (!Array.isArray(list)) return readControlsDocument(value)
  const modules = isObject(value) ? value['modules'] : undefined
  // What came out of a JSON parser is JSON.
  return ok({ controls: list.flatMap(readOne), ...(Array.isArray(modules) && { modules: modules as readonly Json[] }) })
}

function readOne(value: unknown): readonly ControlDescription[] {
  const read = readControl(value)
  if (read.ok) return [read.value]
  if (!isObject(value) || value['groups'] === undefined) return []
  // Values of parameter groups are for show: a control is of use without them.
  const { groups: _unreadable, ...rest } = value
  return readOne(rest)
}
