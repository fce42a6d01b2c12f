import { nearest, type RecipeEntry, show } from '@hotcb/protocol'

// What the modules of a kernel understand; a module of another name may understand more than these.
// A map: an entry may name a module `constructor`.
const OPS: ReadonlyMap<string, readonly string[]> = new Map([
  ['core', ['stop', 'pause', 'resume', 'checkpoint', 'freeze', 'unfreeze', 'revert', 'cancel', 'attempt', 'yaml']],
  ['opt', ['set_params', 'enable', 'disable']],
  ['loss', ['set_params', 'enable', 'disable']],
  ['cb', ['load', 'unload', 'enable', 'disable', 'set_params']],
  ['tune', ['enable', 'disable', 'set', 'status']],
  ['ctl', ['call']],
])

/** What is wrong with an entry in any run: an op that its module does not understand, or nothing to do. Null: nothing. */
export function misuse(entry: RecipeEntry): string | null {
  const { module, op, params } = entry
  const known = OPS.get(module)
  if (known !== undefined && !known.includes(op)) {
    const [near] = nearest(op, known, 1)
    const hint = near === undefined ? `it understands ${known.join(', ')}` : `did you mean \`${near}\`?`
    return `\`op\` ${show(op)} is none of module \`${module}\`: ${hint}`
  }
  if (op === 'set_params' && Object.keys(params ?? {}).length === 0) {
    return '`params` is missing: `set_params` has nothing to set; hotcb 2 exports no values, so export the run anew'
  }
  if (module === 'cb' && op === 'load' && (entry.target ?? null) === null) {
    return '`target` is missing: {kind: file|module|python_file, path, symbol} expected'
  }
  return null
}
