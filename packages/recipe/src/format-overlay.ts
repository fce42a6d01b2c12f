import { escapeControls, formatRecipeEntry, type Overlay, type OverlayPatch } from '@hotcb/protocol'
import { quoted } from './quoted.ts'

/** Formats an overlay as YAML, one patch after another. Absent conditions and changes are left out. */
export function formatOverlay({ version, patches }: Overlay): string {
  const lines = patches.length === 0 ? ['patches: []'] : ['patches:', ...patches.flatMap(linesOf)]
  return `${escapeControls([`version: ${version}`, ...lines].join('\n'))}\n`
}

function linesOf({
  match,
  drop,
  replace_params,
  transform_params,
  shift_step,
  insert,
}: OverlayPatch): readonly string[] {
  // A patch that inserts an entry has no conditions.
  if (insert !== null) return [`  - insert: ${formatRecipeEntry(insert).trimEnd()}`]
  const conditions = Object.entries(match).filter(([, value]) => value !== null)
  const words = conditions.map(([key, value]) => `${key}: ${typeof value === 'string' ? quoted(value) : value}`)
  const { scale = {}, add = {} } = transform_params ?? {}
  return [
    `  - match: {${words.length === 0 ? '' : ` ${words.join(', ')} `}}`,
    ...(drop ? ['    drop: true'] : []),
    ...(replace_params === null ? [] : [`    replace_params: ${JSON.stringify(replace_params)}`]),
    ...(transform_params === null ? [] : [`    transform_params: ${JSON.stringify({ scale, add })}`]),
    ...(shift_step === null ? [] : [`    shift_step: ${shift_step}`]),
  ]
}
