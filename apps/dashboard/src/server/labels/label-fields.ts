import { isObject } from '@hotcb/protocol'
import { type LabelChange, NO_LABELS, type RunLabels } from '../../shared/labels.ts'

/** Returns the labels in one entry of the document. A malformed label counts as absent. */
export function labelsOf(entry: unknown): RunLabels {
  if (!isObject(entry)) return NO_LABELS
  const { tags, notes, name } = entry
  return {
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
    notes: typeof notes === 'string' ? notes : '',
    name: typeof name === 'string' && name !== '' ? name : null,
    star: entry['star'] === true,
    pin: entry['pin'] === true,
    archived: entry['archived'] === true,
  }
}

/** Returns a run's entry after a change. Fields that other programs added are kept. */
export function changedEntry(entry: unknown, change: Omit<LabelChange, 'runs'>): Record<string, unknown> {
  const before = isObject(entry) ? entry : {}
  const labels = labelsOf(before)
  const removed = new Set(change.remove_tags ?? [])
  const tags = [...new Set([...labels.tags, ...(change.add_tags ?? [])])].filter((tag) => !removed.has(tag))
  const after: RunLabels = {
    tags,
    notes: change.notes ?? labels.notes,
    name: change.name === undefined ? labels.name : change.name || null,
    star: change.star ?? labels.star,
    pin: change.pin ?? labels.pin,
    archived: change.archived ?? labels.archived,
  }
  return { ...before, ...after }
}
