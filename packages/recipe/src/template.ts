import { escapeControls, type Json, printable, type RecipeEntry } from '@hotcb/protocol'
import { quoted } from './quoted.ts'

/**
 * Creates an overlay template in YAML: one patch for each module, op and id in the recipe, with everything commented
 * out. It has no effect until it is edited.
 *
 * @param options `recipe` is the recipe's name, for the heading.
 */
export function patchTemplate(entries: readonly RecipeEntry[], options: { readonly recipe: string }): string {
  const groups = new Map<string, Group>()
  for (const entry of entries) {
    const key = JSON.stringify([entry.module, entry.op, entry.id])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  const heading = [
    `# Overlay for ${printable(options.recipe)}. Remove \`# \`, with its space, from each line that you want; patches apply in order.`,
    '# More conditions of `match`: at_event, at_step, step_min, step_max, has_param, nth (from 0).',
    'version: 1',
  ]
  const patches = groups.size === 0 ? ['patches: []'] : ['patches:', ...[...groups.values()].flatMap(stub)]
  // YAML text must not contain control characters.
  return `${escapeControls([...heading, ...patches].join('\n'))}\n`
}

type Group = [RecipeEntry, ...RecipeEntry[]]

function stub(group: Group): readonly string[] {
  const [first] = group
  let low = first.at.step
  let high = first.at.step
  const merged = new Map<string, Json>()
  for (const { at, params } of group) {
    low = Math.min(low, at.step)
    high = Math.max(high, at.step)
    for (const [key, value] of Object.entries(params ?? {})) merged.set(key, value)
  }
  const params = [...merged]
  const numeric = params.filter(([, value]) => typeof value === 'number').map(([key]) => key)
  const where = low === high ? `step ${low}` : `steps ${low} to ${high}`
  return [
    `  # ${group.length === 1 ? 'one entry' : `${group.length} entries`}, ${where}`,
    `  - match: { module: ${quoted(first.module)}, op: ${quoted(first.op)}, id: ${quoted(first.id)} }`,
    ...(params.length > 0
      ? [
          `    # replace_params: { ${params.map(([key, value]) => `${quoted(key)}: ${JSON.stringify(value)}`).join(', ')} }`,
        ]
      : []),
    ...(numeric.length > 0
      ? [`    # transform_params: { scale: { ${numeric.map((key) => `${quoted(key)}: 1`).join(', ')} }, add: {} }`]
      : []),
    '    # shift_step: 0',
    '    # drop: true',
  ]
}
