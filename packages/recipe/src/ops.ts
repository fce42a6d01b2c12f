import {
  BUILT_IN_TABLE,
  findRelative,
  type JsonObject,
  type ModuleTable,
  nearest,
  type OpDescriptor,
  type RecipeEntry,
  show,
} from '@hotcb/protocol'

/**
 * Returns the problem with an entry that is invalid in any run: its module does not have the op, or its params set
 * nothing. Null if there is none.
 *
 * @param table The run's modules. A module that is not in the table may have ops beyond those of controls.
 */
export function misuse(entry: RecipeEntry, table: ModuleTable = BUILT_IN_TABLE): string | null {
  const { module, op } = entry
  const known = table.get(module)
  const described = table.op(module, op)
  if (known !== undefined && described === undefined) {
    const words = known.ops.map((one) => one.op)
    const [near] = nearest(op, words, 1)
    const hint = near === undefined ? `it has ${words.join(', ')}` : `did you mean \`${near}\`?`
    return `\`op\` ${show(op)} is not an op of module \`${module}\`: ${hint}`
  }
  const absent = described === undefined ? null : missing(entry, described)
  return absent ?? (op === 'set_params' && table.isControls(module) ? relative(entry) : null)
}

// Relative values are rejected, because a recipe is applied to a different run, with different current values.
function relative({ params }: RecipeEntry): string | null {
  const { key, value } = params ?? {}
  const given: JsonObject = typeof key === 'string' && value !== undefined ? { [key]: value } : (params ?? {})
  const found = findRelative(given)
  return found === null ? null : `\`params.${found}\` does not accept a relative value here, got ${show(given[found])}`
}

function missing(entry: RecipeEntry, { params, required = [] }: OpDescriptor): string | null {
  const { op, params: given } = entry
  if (params?.minProperties !== undefined && Object.keys(given ?? {}).length < Number(params.minProperties)) {
    return `\`params\` is missing: \`${op}\` has nothing to set; hotcb 2 exports no values, so export the run again`
  }
  if (required.includes('target') && (entry.target ?? null) === null) {
    return '`target` is missing: expected {kind: file|module|python_file, path, symbol}'
  }
  return null
}
