import { readAutopilotConfig } from './config.ts'
import type { AutopilotMode } from './types.ts'

/** A file with one change applied, or the reason why it cannot be changed that way. Comments and all other lines stay as they are. */
export type ConfigEdit = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string }

/** Sets `mode` in the text of `hotcb.autopilot.yaml`. A file that cannot be read is not changed. */
export function withMode(text: string, mode: AutopilotMode): ConfigEdit {
  return edited(text, 'mode', mode, (config) => config.mode === mode)
}

/** Switches a rule on or off in the text of `hotcb.autopilot.yaml`. */
export function withRule(text: string, rule: string, isEnabled: boolean): ConfigEdit {
  const config = readAutopilotConfig(text)
  if (!config.ok) return config
  const others = config.value.disabled.filter((id) => id !== rule)
  const disabled = isEnabled ? others : [...others, rule]
  const list = `[${disabled.map((id) => JSON.stringify(id)).join(', ')}]`
  return edited(text, 'disabled', list, (after) => after.disabled.join() === disabled.join())
}

/** Names the files of rules in the text of `hotcb.autopilot.yaml`. */
export function withRuleFiles(text: string, files: readonly string[]): ConfigEdit {
  const list = `[${files.map((file) => JSON.stringify(file)).join(', ')}]`
  return edited(text, 'rules', list, ({ rules }) => rules?.join('\n') === files.join('\n'))
}

type Config = Extract<ReturnType<typeof readAutopilotConfig>, { ok: true }>['value']

function edited(text: string, key: string, value: string, isDone: (config: Config) => boolean): ConfigEdit {
  const before = readAutopilotConfig(text)
  if (!before.ok) return before
  const after = withTopKey(text, key, value)
  const read = readAutopilotConfig(after)
  // The file may be written in an unusual way, such as one mapping in braces.
  if (!read.ok || !isDone(read.value))
    return { ok: false, reason: `\`${key}\` cannot be set in this file automatically; edit it by hand` }
  return { ok: true, text: after }
}

/** Sets a key in the top-level mapping of a YAML document: its lines are replaced, or a line is added at the end. */
function withTopKey(text: string, key: string, value: string): string {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => new RegExp(`^["']?${key}["']?\\s*:`).test(line))
  if (first < 0) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${key}: ${value}\n`
  // Indented lines below the key belong to its value, and so does a list without indentation. Comments between keys do not.
  let end = first + 1
  for (let i = end; i < lines.length && /^(\s+[^\s#]|- |\]|\s*#|\s*$)/.test(lines[i] ?? ''); i++) {
    if (/^(\s+[^\s#]|- |\])/.test(lines[i] ?? '')) end = i + 1
  }
  const comment = end === first + 1 ? (/\s+#.*$/.exec(lines[first] ?? '')?.[0] ?? '') : ''
  return [...lines.slice(0, first), `${key}: ${value}${comment}`, ...lines.slice(end)].join('\n')
}
