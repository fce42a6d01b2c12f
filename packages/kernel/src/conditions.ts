import { isClose, type MutableState } from '@hotcb/actuators'
import { type Command, readRelative, sameJson, show } from '@hotcb/protocol'
import type { Verdict } from './recorder.ts'

/**
 * Checks a command's `expires` and `expect` when it is due. Returns null if it may be applied.
 *
 * @param at The step, and the wall time in epoch seconds.
 */
export function judgeConditions(
  command: Pick<Command, 'expires' | 'expect'>,
  state: MutableState | null,
  at: { readonly step: number; readonly wallTime: number },
): Verdict | null {
  const { expires, expect } = command
  if (expires?.step !== null && expires?.step !== undefined && at.step > expires.step) {
    return { decision: 'expired', error: `it expired after step ${expires.step}, and this is step ${at.step}` }
  }
  if (expires?.ts !== null && expires?.ts !== undefined && at.wallTime > expires.ts) {
    const late = (at.wallTime - expires.ts).toFixed(1)
    return { decision: 'expired', error: `it expired ${late} s ago` }
  }
  if (expect === null) return null
  for (const [key, expected] of Object.entries(expect)) {
    const current = state?.current(key, at.step)
    if (current === undefined)
      return { decision: 'failed', error: `\`expect\` names \`${key}\`, which is not a control of this trainer` }
    if (readRelative(expected) !== null && !sameJson(current, expected)) {
      return {
        decision: 'failed',
        error: `\`expect\` does not accept a relative value, got ${show(expected)} for \`${key}\``,
      }
    }
    if (!sameJson(current, expected, (a, b) => isClose(a, b, 1e-9))) {
      return { decision: 'failed', error: `expected \`${key}\` to be ${show(expected)}, but it is ${show(current)}` }
    }
  }
  return null
}
