import type { LaunchedAnswer } from '../../../shared/launcher.ts'
import { isOwner } from '../../run/rights.ts'
import { me } from '../../session.ts'

/** Why no new run can be started from a checkpoint of this run, in one sentence; undefined if it is possible, or not yet known. */
export function branchReason(answer: LaunchedAnswer | undefined): string | undefined {
  if (!me.value.has_launcher)
    return 'This dashboard cannot start training runs, so no new run can start from a checkpoint here.'
  if (!isOwner()) return 'Only an owner can start a new run from a checkpoint.'
  if (answer === undefined) return undefined
  if (answer.launched === null) {
    return 'No new run can start from a checkpoint: this run was not started by hotcb launch or by a page, so its program is unknown.'
  }
  return answer.launched.can_start
    ? undefined
    : "No new run can start from a checkpoint: this program does not contain this run's training code."
}
