import { messageOf } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import type { LabelChange } from '../../shared/labels.ts'
import { send } from '../api.ts'
import { reloadTable } from './table-store.ts'

/** Why the last change to labels was rejected; null if it was accepted. */
export const labelProblem = signal<string | null>(null)

/** Changes labels and reloads the table. Resolves to whether the server accepted the change. */
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
