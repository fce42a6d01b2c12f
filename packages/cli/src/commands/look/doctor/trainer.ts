import { PROTOCOL_VERSION } from '@hotcb/protocol'
import { type Life, reasonOf } from '@hotcb/run'
import { settleLife } from '@hotcb/run/node'
import { showCount, showSeconds } from '../../../print/figures.ts'
import { describeSilence } from '../../../print/trainer-silence.ts'
import type { Run } from '../../../run.ts'
import { type Finding, fine, noted, problem } from './check.ts'

/** Whether somebody trains here, and speaks as we do. */
export async function checkTrainer(run: Run, version: string): Promise<readonly Finding[]> {
  const life = await settleLife(run)
  if (life.trouble !== undefined) {
    return [problem('trainer', life.trouble, 'a running trainer writes it anew within a second; else delete it')]
  }
  if (life.state === undefined) {
    return run.isForeign()
      ? [noted('trainer', 'another kernel serves this run; it tells no sign of life and answers no `cid`')]
      : [noted('trainer', 'none has opened this run yet', 'start one; commands given now wait for it')]
  }
  return [liveness(life), ...versions(life, version)]
}

function liveness(life: Life): Finding {
  const { verdict, state, ageSeconds, limitSeconds } = life
  const step = state?.step ?? null
  const place = step === null ? 'before its first step' : `at step ${showCount(step)}`
  if (state?.closed === true)
    return noted('trainer', `ended ${place}`, 'start it again to go on; commands given now wait for it')
  const reason = reasonOf(life)
  if (verdict === 'unknown') {
    const again = `look again in ${showSeconds(limitSeconds)}`
    return noted('trainer', `unknown whether it is alive: ${reason}; last ${place}`, again)
  }
  if (verdict === 'dead') {
    const says = `${describeSilence(reason, ageSeconds)}; last ${place}`
    return problem('trainer', says, 'it was killed, or hangs in one step: look at its own output, start it again')
  }
  const lost = state?.ranks?.lost
  if (typeof lost === 'string') {
    return problem(
      'trainer',
      `alive ${place}, and takes no commands: ${lost}`,
      'commands given now wait for the next start: end it when it may end, and continue it',
    )
  }
  if (state?.paused === true) return noted('trainer', `paused ${place}`, '`hotcb resume` lets it go on')
  return fine('trainer', `alive ${place}`)
}

function versions({ state }: Life, version: string): readonly Finding[] {
  if (state === undefined) return []
  const { protocol, kernel } = state
  if (protocol > PROTOCOL_VERSION) {
    const says = `the trainer speaks protocol ${protocol}, this hotcb ${PROTOCOL_VERSION}`
    return [problem('versions', `${says}: nothing can be written`, 'use a hotcb as new as the trainer')]
  }
  const says = `hotcb ${version}, kernel ${kernel.version}, protocol ${protocol}`
  const isSameLine = version.split('.').slice(0, 2).join('.') === kernel.version.split('.').slice(0, 2).join('.')
  return [
    isSameLine
      ? fine('versions', says)
      : noted('versions', says, 'they understand each other; newer words may be refused'),
  ]
}

/** Whether the freeze can be read, and what it lets pass. */
export function checkFreeze(run: Run): Finding {
  const { state, trouble } = run.freeze()
  if (trouble !== undefined) {
    return problem(
      'freeze',
      `${trouble}: a trainer that starts now lets nothing pass`,
      '`hotcb freeze` or `hotcb unfreeze` writes it anew',
    )
  }
  if (state.mode === 'off') return fine('freeze', 'off')
  return noted('freeze', `${state.mode}: changes are refused`, '`hotcb unfreeze` lets them pass')
}
