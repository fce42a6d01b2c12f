import { isObject, type JsonObject, type LedgerLine, type ModuleTable } from '@hotcb/protocol'

/** Reads applied lines in file order, and returns them as our kernel would have written them. */
export interface ForeignReader {
  /** @returns Null for a line that is `applied` but changed nothing. Lines from our kernel are returned unchanged. */
  read(line: LedgerLine): LedgerLine | null
}

/**
 * Creates a reader for hotcb 2's ledger lines.
 *
 * Its kernel reports `applied` for every op on a callback and for every enable and disable. It never loads a callback twice, and
 * keeps the enabled state and the parameters of a callback even after an unload. Enabling a control that was not disabled
 * does nothing, regardless of its name.
 */
export function createForeignReader(table: ModuleTable): ForeignReader {
  let handles = new Map<string, Handle>()
  let disabled = new Set<string>()
  let onlyForeign = true

  function readSwitch(line: LedgerLine): LedgerLine | null {
    const key = switchedKey(line)
    // Without a key, hotcb 2's `opt disable` refers to a control called `main`, while ours refers to every control of
    // the module.
    if (key === 'main') return null
    if (line.op === 'disable') disabled.add(key)
    // Controls that our kernel disabled are not tracked here, so after a line from our kernel every enable and disable counts.
    else if (!disabled.delete(key) && onlyForeign) return null
    return line
  }

  return {
    read(line) {
      if (line.foreign !== true) {
        onlyForeign = false
        // A new attempt begins without any callbacks from the previous process.
        if (line.op === 'attempt') [handles, disabled] = [new Map(), new Set()]
        return line
      }
      if (table.hasHandles(line.module)) return readCallback(line, handleOf(handles, line.id))
      const isSwitch = table.isControls(line.module) && (line.op === 'enable' || line.op === 'disable')
      return isSwitch ? readSwitch(line) : line
    },
  }
}

/** The state that hotcb 2 keeps for a callback during its process. */
interface Handle {
  loaded: boolean
  enabled: boolean
  params: JsonObject
}

function handleOf(handles: Map<string, Handle>, id: string): Handle {
  const handle = handles.get(id) ?? { loaded: false, enabled: true, params: {} }
  handles.set(id, handle)
  return handle
}

function readCallback(line: LedgerLine, handle: Handle): LedgerLine | null {
  if (line.op === 'load') return readLoad(line, handle)
  if (line.op === 'unload') {
    const { loaded } = handle
    Object.assign(handle, { loaded: false, enabled: false })
    return loaded ? line : null
  }
  if (line.op === 'set_params') handle.params = { ...handle.params, ...paramsOf(line) }
  else if (line.op === 'enable' || line.op === 'disable') handle.enabled = line.op === 'enable'
  return handle.loaded ? line : null
}

function readLoad(line: LedgerLine, handle: Handle): LedgerLine | null {
  const payload = line.payload ?? {}
  const { enabled } = payload
  // If the payload is a load without a target, hotcb 2 only logged the op.
  if (payload['op'] === 'load' && !isObject(payload['target'])) return null
  const was = handle.enabled
  if (typeof enabled === 'boolean') handle.enabled = enabled
  if (!handle.loaded) {
    handle.loaded = true
    const params = Object.keys(handle.params).length === 0 ? line.params : { params: handle.params }
    return { ...line, params, payload: { ...payload, enabled: handle.enabled } }
  }
  return handle.enabled === was
    ? null
    : { ...line, op: handle.enabled ? 'enable' : 'disable', params: null, payload: {} }
}

function paramsOf({ params, payload }: LedgerLine): JsonObject {
  const inner = payload?.['params']
  // The content of a ledger is JSON at every level.
  return isObject(inner) ? (inner as JsonObject) : (payload ?? params ?? {})
}

function switchedKey({ id, params }: LedgerLine): string {
  const key = params?.['key']
  return typeof key === 'string' && key !== '' ? key : id
}
