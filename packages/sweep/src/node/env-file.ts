import { join } from 'node:path'
import { readDocument } from '@hotcb/journal'

/** Returns the variables in a workspace's `.env`: `KEY=VALUE` lines. One layer of quotes is removed, and nothing is interpolated. */
export function readEnvFile(root: string): Readonly<Record<string, string>> {
  const text = readDocument(join(root, '.env'))?.text ?? ''
  const entries = text.split(/\r?\n/).flatMap((line) => {
    const trimmed = line.trim().replace(/^export\s+/, '')
    const equals = trimmed.indexOf('=')
    if (trimmed.startsWith('#') || equals <= 0) return []
    return [[trimmed.slice(0, equals).trim(), unquoted(trimmed.slice(equals + 1).trim())] as const]
  })
  return Object.fromEntries(entries)
}

function unquoted(text: string): string {
  const [first] = text
  return text.length >= 2 && (first === '"' || first === "'") && text.endsWith(first) ? text.slice(1, -1) : text
}

/**
 * Returns an environment extended by a workspace's `.env`. The environment's own variables take precedence unless they are empty.
 */
export function environmentOf(
  root: string,
  own: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const filled = Object.entries(own).flatMap(([key, value]) => (value ? [[key, value] as const] : []))
  return { ...readEnvFile(root), ...Object.fromEntries(filled) }
}

/** Returns the environment in which tasks are submitted. */
export function submitEnv(root: string): Readonly<Record<string, string>> {
  return environmentOf(root, process.env)
}
