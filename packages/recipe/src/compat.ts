import type { JsonObject, RecipeEntry } from '@hotcb/protocol'

/**
 * A recipe as hotcb 2's tools read it: no `call` or `seq`; changes of modules that its validator refuses go to `opt`,
 * whose stream finds any control by its key; what it cannot do is left out and noted.
 */
export function compatible(
  entries: readonly RecipeEntry[],
  notes: readonly string[],
): { readonly entries: readonly RecipeEntry[]; readonly notes: readonly string[] } {
  const said = [...notes]
  const kept = entries.flatMap((entry): RecipeEntry[] => {
    const { at, module, op, seq, source_capture, ...rest } = entry
    const where = `step ${at.step}, seq ${seq ?? '?'}`
    if (!KNOWN.includes(module) && !STREAM_OPS.includes(op)) {
      said.push(`${where}: ${module} ${op} is left out: hotcb 2 has nothing like it`)
      return []
    }
    if (!KNOWN.includes(module)) said.push(`${where}: module \`${module}\` is written as \`opt\``)
    const { params } = rest
    return [
      {
        // Without an event hotcb 2 takes its default; null it would never match.
        at: { step: at.step, event: at.event ?? 'train_step_end' },
        module: KNOWN.includes(module) ? module : 'opt',
        op,
        ...rest,
        ...(params && { params: withoutScale(params) }),
        ...(source_capture && { source_capture }),
      },
    ]
  })
  return { entries: kept, notes: said }
}

const KNOWN = ['cb', 'opt', 'loss', 'tune']
const STREAM_OPS = ['set_params', 'enable', 'disable']

// Beside a rate it is what our kernel worked out; hotcb 2 would note it as unknown.
function withoutScale(params: JsonObject): JsonObject {
  if (!Object.hasOwn(params, 'lr') || !Object.hasOwn(params, 'scheduler_scale')) return params
  const { scheduler_scale, ...rest } = params
  return rest
}
