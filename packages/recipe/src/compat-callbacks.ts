import { isObject, type Json, type JsonObject, type RecipeEntry, sameJson } from '@hotcb/protocol'

/** Translates entries of the `cb` module, in order, for hotcb 2. */
export interface CompatCallbacks {
  /** @param note Receives one line for each op that is left out, or has a different effect in hotcb 2. */
  translate(entry: RecipeEntry, note: (what: string) => void): readonly RecipeEntry[]
}

/**
 * Creates a translator of callbacks for hotcb 2, which runs only Python callbacks. In hotcb 2, loading a callback that
 * is already loaded does nothing, and unloading keeps the parameters and the enabled state for the next load. A reload is
 * therefore translated to an unload, a load with `enabled`, and the parameters that differ from the kept ones.
 */
export function createCompatCallbacks(): CompatCallbacks {
  const handles = new Map<string, Handle>()

  function load(entry: RecipeEntry, handle: Handle, note: (what: string) => void): readonly RecipeEntry[] {
    const unload = handle.loaded ? [bare(entry, 'unload')] : []
    if (handle.loaded) Object.assign(handle, { loaded: false, enabled: false })
    handle.isPython = isPython(entry)
    if (!handle.isPython) {
      note(`callback \`${entry.id}\` is left out: \`${String(entry.target?.['path'])}\` is not Python`)
      return unload
    }
    const enabled = entry.enabled ?? true
    const { params: given, ...rest } = entry
    const isSaid = typeof entry.enabled === 'boolean' || enabled !== handle.enabled
    const params = paramsAfterLoad(handle, given ?? null, entry.init ?? {}, (key) =>
      note(`callback \`${entry.id}\`: hotcb 2 sets \`${key}\` as before, since its value after the load is unknown`),
    )
    Object.assign(handle, { loaded: true, enabled })
    const set = Object.keys(params).length === 0 ? [] : [{ ...bare(entry, 'set_params'), params }]
    return [...unload, { ...rest, ...(isSaid && { enabled }) }, ...set]
  }

  return {
    translate(entry, note) {
      const handle = handles.get(entry.id) ?? createHandle()
      handles.set(entry.id, handle)
      if (entry.op === 'load' && entry.target) return load(entry, handle, note)
      if (!handle.isPython) return []
      if (entry.op === 'unload') return unload(entry, handle)
      if (entry.op === 'set_params') {
        handle.params = { ...handle.params, ...entry.params }
        handle.kept = { ...handle.kept, ...entry.params }
      } else if (entry.op === 'enable' || entry.op === 'disable') handle.enabled = entry.op === 'enable'
      return [entry]
    },
  }
}

/** The state of a callback in both kernels. */
interface Handle {
  /** False after JavaScript was loaded under this id, since later ops on it would have no target. */
  isPython: boolean
  loaded: boolean
  /** Whether it is enabled in hotcb 2. */
  enabled: boolean
  /** Parameters that our kernel has set. */
  params: JsonObject
  /** Parameters that hotcb 2 sets again before each event. */
  kept: JsonObject
}

function createHandle(): Handle {
  return { isPython: true, loaded: false, enabled: true, params: {}, kept: {} }
}

function unload(entry: RecipeEntry, handle: Handle): readonly RecipeEntry[] {
  const { loaded } = handle
  Object.assign(handle, { loaded: false, enabled: loaded ? false : handle.enabled, params: {} })
  return loaded ? [entry] : []
}

// Returns the values to set after a load so that hotcb 2 has the same parameters as our kernel, or those in `init` if
// our kernel set none.
function paramsAfterLoad(
  handle: Handle,
  given: JsonObject | null,
  init: JsonObject,
  onUnknown: (key: string) => void,
): JsonObject {
  const asked = given?.['params']
  // The content of a recipe is JSON at every level.
  if (isObject(asked)) handle.params = { ...handle.params, ...(asked as JsonObject) }
  const set: Record<string, Json> = {}
  for (const [key, before] of Object.entries(handle.kept)) {
    const wanted = Object.hasOwn(handle.params, key) ? handle.params[key] : init[key]
    if (wanted === undefined) onUnknown(key)
    else if (!sameJson(wanted, before)) set[key] = wanted
  }
  for (const [key, value] of Object.entries(handle.params)) {
    if (!Object.hasOwn(handle.kept, key)) set[key] = value
  }
  handle.kept = { ...handle.kept, ...set }
  return set
}

function bare({ at, module, id, seq }: RecipeEntry, op: string): RecipeEntry {
  return { at, module, op, id, ...(seq !== undefined && { seq }) }
}

function isPython({ target }: RecipeEntry): boolean {
  const path = String(target?.['path'])
  const kind = target?.['kind']
  return kind === 'python_file' || (kind === 'module' && !/^[@./]|[/:]/.test(path)) || /\.py$/.test(path)
}
