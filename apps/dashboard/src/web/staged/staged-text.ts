import { isObject, type Json, parseJson } from '@hotcb/protocol'
import type { Staged } from './staged.ts'

/** The staged state that survives a page reload. */
export interface KeptStaging {
  /** The training run for which the changes were staged. A different one may have the same name later. */
  readonly training: string
  readonly staged: Staged
  /** The step and the note, as the user typed them. */
  readonly at: string
  readonly note: string
}

/** Formats staged changes as text, for the browser's storage. */
export function formatStaging({ training, staged, at, note }: KeptStaging): string {
  const changes = [...staged].map(([key, { value, seen }]) => [key, value, seen])
  return JSON.stringify({ training, at, note, changes })
}

/** The inverse of {@link formatStaging}; returns undefined for any other text. */
export function readStaging(text: string | null): KeptStaging | undefined {
  const parsed = text === null ? undefined : parseJson(text)
  if (parsed?.ok !== true || !isObject(parsed.value)) return undefined
  const { training, at, note, changes } = parsed.value
  if (typeof training !== 'string' || typeof at !== 'string' || typeof note !== 'string') return undefined
  if (!Array.isArray(changes)) return undefined
  const staged = new Map<string, { readonly value: Json; readonly seen: Json }>()
  for (const change of changes) {
    if (!Array.isArray(change) || typeof change[0] !== 'string' || change.length !== 3) return undefined
    // The output of `parseJson` is JSON.
    const [key, value, seen] = change as [string, Json, Json]
    staged.set(key, { value, seen })
  }
  return { training, staged, at, note }
}
