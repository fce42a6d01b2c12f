import type { JsonObject, RecipeEntry } from '@hotcb/protocol'
import type { HistoryEntry } from './history.ts'

/** A recipe, and what was left out of it or changed, one line each. */
export interface Compatible {
  readonly entries: readonly RecipeEntry[]
  readonly notes: readonly string[]
}

/**
 * A recipe as hotcb 2's tools read it: no `call` or `seq`; changes of modules that its validator refuses go to `opt`,
 * whose stream finds any control by its key; weights by their own names, switches one at a time; what it cannot do is left
 * out and noted.
 *
 * @param history What the entries were made of, in the same order.
 */
export function compatible(
  history: readonly HistoryEntry[],
  entries: readonly RecipeEntry[],
  notes: readonly string[],
): Compatible {
  const said = [...notes]
  const foreignCallbacks = new Set<string>()
  const kept = entries.flatMap((entry, i): RecipeEntry[] => {
    const { at, module, op, seq, params, source_capture, ...rest } = entry
    const note = (what: string): void => void said.push(`step ${at.step}, seq ${seq ?? '?'}: ${what}`)
    if (!KNOWN.includes(module) && !STREAM_OPS.includes(op)) {
      note(`${module} ${op} is left out: hotcb 2 has nothing like it`)
      return []
    }
    if (module === 'cb' && isOfForeignCallback(entry, foreignCallbacks, note)) return []
    if (!KNOWN.includes(module)) note(`module \`${module}\` is written as \`opt\``)
    const versions =
      STREAM_OPS.includes(op) && !OWN_PARAMS.includes(module)
        ? inItsWords(op, params ?? {}, history[i]?.old ?? null, note)
        : [params]
    if (at.step < 0) note('hotcb 2 has no place before step 0: it is written at step 0, and takes effect one step late')
    return versions.map((version) => ({
      // Without an event hotcb 2 takes its default; null it would never match.
      at: { step: Math.max(0, at.step), event: at.event ?? 'train_step_end' },
      module: KNOWN.includes(module) ? module : 'opt',
      op,
      ...rest,
      ...(version && { params: version }),
      ...(source_capture && { source_capture }),
    }))
  })
  return { entries: kept, notes: said }
}

const KNOWN = ['cb', 'opt', 'loss', 'tune']
const OWN_PARAMS = ['cb', 'tune']
const STREAM_OPS = ['set_params', 'enable', 'disable']

type Note = (what: string) => void

/** The params of each entry that does the same in hotcb 2; none where nothing is left. */
function inItsWords(op: string, params: JsonObject, old: JsonObject | null, note: Note): readonly JsonObject[] {
  if (op !== 'set_params') return keysOf(params).flatMap((key) => (isKnown(key, note) ? [{ key }] : []))
  const narrowing = ['group', 'groups'].find((word) => params[word] != null)
  if (narrowing !== undefined) {
    note(`narrowed to \`${narrowing}\`, it is left out: hotcb 2 sets every parameter group`)
    return []
  }
  const set: JsonObject = Object.fromEntries(
    Object.entries(params)
      // Beside a rate it is what our kernel worked out.
      .filter(([key]) => (key === 'scheduler_scale' && Object.hasOwn(params, 'lr') ? false : isKnown(key, note)))
      .map(([key, value]) => [ownName(key, old), value]),
  )
  return Object.keys(set).length === 0 ? [] : [set]
}

function keysOf({ key, keys }: JsonObject): readonly string[] {
  const asked: readonly unknown[] = Array.isArray(keys) ? keys : [key]
  return asked.filter((one) => typeof one === 'string')
}

function isKnown(key: string, note: Note): boolean {
  const isUnknown = /^(terms|ramps)\.|^scheduler_(scale|drop)$/.test(key)
  if (isUnknown) note(`\`${key}\` is left out: hotcb 2 has nothing like it`)
  return !isUnknown
}

// A weight may have been asked for as `NAME_w`; what it was before is told under its own name.
function ownName(key: string, old: JsonObject | null): string {
  const name = key.replace(/_w$/, '')
  return old !== null && !Object.hasOwn(old, key) && Object.hasOwn(old, name) ? name : key
}

// A callback in JavaScript cannot run there, and what is asked of it afterwards would ask nobody.
function isOfForeignCallback({ op, id, target }: RecipeEntry, foreign: Set<string>, note: Note): boolean {
  if (op !== 'load' || !target) return foreign.has(id)
  const { kind } = target
  const path = String(target['path'])
  const isPython = kind === 'python_file' || (kind === 'module' && !/^[@./]|[/:]/.test(path)) || /\.py$/.test(path)
  if (isPython) foreign.delete(id)
  else {
    foreign.add(id)
    note(`callback \`${id}\` is left out: \`${path}\` is not Python`)
  }
  return !isPython
}
