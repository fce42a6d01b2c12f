import type { RecipeEntry } from '@hotcb/protocol'
import { lateEntries } from '@hotcb/recipe'
import type { Liveness } from '@hotcb/run'
import { count } from './notes.ts'

/** Reports how many recipe entries are for steps that a live trainer has already passed. It applies them at its next safe point. */
export function lateNotes(entries: readonly RecipeEntry[], { verdict, state }: Liveness): readonly string[] {
  const now = verdict === 'dead' ? 0 : (state?.step ?? 0)
  const late = lateEntries(entries, now).length
  return late === 0
    ? []
    : [`${count(late, 'entry is', 'entries are')} for steps before ${now} and will be applied immediately`]
}
