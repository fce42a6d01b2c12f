import { PROTOCOL_VERSION } from '@hotcb/protocol'
import { type Liveness, livenessReason } from '@hotcb/run'
import { settleLiveness } from '@hotcb/run/node'
import { showCount, showSeconds } from '../../../print/figures.ts'
import { describeSilence } from '../../../print/trainer-silence.ts'
import type { Run } from '../../../run.ts'
import { type Finding, fine, noted, problem } from './check.ts'

/** Checks whether a trainer is alive and uses the same protocol version. */
export async function checkTrainer(run: Run, version: string): Promise<readonly Finding[]> {
  const life = await settleLiveness(run)
  if (life.trouble !== undefined) {
    return [problem('trainer', life.trouble, 'a running trainer rewrites it within a second; otherwise delete it')]
  }
  if (life.state === undefined) {
    return run.isForeign()
      ? [
          noted(
            'trainer',
            'this run uses a foreign kernel, which does not report whether it is alive and does not answer by `cid`',
          ),
        ]
      : [noted('trainer', 'no trainer has opened this run yet', 'start one; commands sent now will wait for it')]
  }
  return [liveness(life), ...versions(life, version)]
}

function liveness(life: Liveness): Finding {
  const { verdict, state, ageSeconds, limitSeconds } = life
  const step = state?.step ?? null
  const place = step === null ? 'before its first step' : `at step ${showCount(step)}`
  if (state?.closed === true)
    return noted('trainer', `ended ${place}`, 'start it again to continue; commands sent now will wait for it')
  const reason = livenessReason(life)
  if (verdict === 'unknown') {
    const again = `check again in ${showSeconds(limitSeconds)}`
    return noted('trainer', `unknown whether it is alive: ${reason}; last ${place}`, again)
  }
  if (verdict === 'dead') {
    const says = `${describeSilence(reason, ageSeconds)}; last ${place}`
    return problem('trainer', says, 'it was killed or is stuck in a step: check its output, then start it again')
  }
  const lost = state?.ranks?.lost
  if (typeof lost === 'string') {
    return problem(
      'trainer',
      `alive ${place}, but accepts no commands: ${lost}`,
      'commands sent now will wait for the next start: stop it when you can, then continue it',
    )
  }
  if (state?.paused === true) return noted('trainer', `paused ${place}`, 'continue it with `hotcb resume`')
  return fine('trainer', `alive ${place}`)
}

function versions({ state }: Liveness, version: string): readonly Finding[] {
  if (state === undefined) return []
  const { protocol, kernel } = state
  if (protocol > PROTOCOL_VERSION) {
    const says = `the trainer uses protocol ${protocol}, but this hotcb uses ${PROTOCOL_VERSION}`
    return [problem('versions', `${says}: nothing can be written`, 'install the hotcb version that the trainer uses')]
  }
  const says = `hotcb ${version}, kernel ${kernel.version}, protocol ${protocol}`
  const isSameLine = version.split('.').slice(0, 2).join('.') === kernel.version.split('.').slice(0, 2).join('.')
  return [
    isSameLine ? fine('versions', says) : noted('versions', says, 'they are compatible; newer commands may be refused'),
  ]
}

/** Checks whether the freeze document is readable, and reports which changes it allows. */
export function checkFreeze(run: Run): Finding {
  const { state, trouble } = run.freeze()
  if (trouble !== undefined) {
    return problem(
      'freeze',
      `${trouble}: a trainer that starts now would refuse all changes`,
      'rewrite it with `hotcb freeze` or `hotcb unfreeze`',
    )
  }
  if (state.mode === 'off') return fine('freeze', 'off')
  return noted('freeze', `${state.mode}: changes are refused`, 'allow them with `hotcb unfreeze`')
}
