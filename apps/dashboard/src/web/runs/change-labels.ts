import { messageOf } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import type { LabelChange } from '../../shared/labels.ts'
import { send } from '../api.ts'
import { reloadTable } from './table-store.ts'

/** Why the last change of labels was refused; null if it was not. */
export const labelProblem = signal<string | null>(null)

/** Changes labels and shows the table with them. Returns whether the server accepted the change. */
export async function changeLabels(change: LabelChange): Promise<boolean> {
  try {
    await send('labels', change)
    labelProblem.value = null
    await reloadTable()
    return true
  } catch (error) {
    labelProblem.value = messageOf(error)
    return false
  }
}
