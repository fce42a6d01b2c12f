import { TUNE_DESCRIPTOR } from '@hotcb/protocol'
import { TUNE_MODES, type TuneMode } from '@hotcb/tune'
import type { JSX } from 'preact'
import type { TunerDocument } from '../../../shared/tuner.ts'
import { ModeChoice } from '../../parts/mode-choice.tsx'
import { isViewer, operateReason } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'

/** Shows the mode of the tuner, its objective, why it is waiting, and the state of its safety measures. */
export function TunerCard({ tuner }: { readonly tuner: TunerDocument }): JSX.Element {
  const { now, counts } = tuner
  const because = textOf(now, 'because')
  return (
    <section class="card panel" aria-label="Tuner">
      <header>
        <h2>Tuner</h2>
        <span class="spacer" />
        <TunerModeChoice mode={modeOf(tuner)} />
      </header>
      {problemsOf(now).map((problem) => (
        <p key={problem} class="notice bad" role="alert">
          {problem}
        </p>
      ))}
      <dl class="pairs">
        <dt>Now</dt>
        <dd>{because === '' ? 'no trainer of this run has reported a tuner' : because}</dd>
        <dt>Objective</dt>
        <dd>{textOf(now, 'objective') || tuner.mutations[0]?.metric || 'not seen yet'}</dd>
        <dt>Changes</dt>
        <dd>
          {counts.set} of {counts.all} were set; {counts.accepted} of {counts.judged} judged were accepted
          {counts.judged > 0 && ` (${Math.round((100 * counts.accepted) / counts.judged)} %)`}
        </dd>
        <dt>Safety</dt>
        <dd>{safetyText(tuner)}</dd>
      </dl>
    </section>
  )
}

function modeOf({ now, mode }: TunerDocument): TuneMode | null {
  const told = textOf(now, 'mode')
  return TUNE_MODES.find((one) => one === told) ?? mode
}

function textOf(now: TunerDocument['now'], key: string): string {
  const value = now?.[key]
  return typeof value === 'string' ? value : ''
}

function problemsOf(now: TunerDocument['now']): readonly string[] {
  const problems = now?.['problems']
  return Array.isArray(problems) ? problems.filter((one) => typeof one === 'string') : []
}

function safetyText({ safety, mutations }: TunerDocument): string {
  const { isFrozen, streak, restingIn, backs, ladders, hasStart, hasPre, hasGood, canLoad } = safety
  const checkpoints = [
    ...(hasStart ? ['the start of the run'] : []),
    ...(hasPre ? ['before the open change'] : []),
    ...(hasGood ? ['the last accepted change'] : []),
  ]
  const isOpen = mutations.some(({ state }) => state === 'applied')
  const parts = [
    isFrozen ? 'the run is frozen: the tuner does nothing' : '',
    isOpen ? 'one change is being judged, and is reverted if it does harm' : 'no change is open',
    canLoad
      ? checkpoints.length === 0
        ? ''
        : `it can go back to ${checkpoints.join(', ')}`
      : 'this trainer cannot load checkpoints: only values can be reverted',
    streak === 0 ? '' : `${streak} rejected in a row`,
    restingIn === null ? '' : `it pauses until the ${restingIn} phase ends, or until it is enabled again`,
    backs === 0 ? '' : `went back ${backs} times since the last accepted change`,
    ladders === 0 ? '' : `searched for a working rate ${ladders} times`,
  ]
  return parts.filter((part) => part !== '').join('; ')
}

const MEANINGS: Readonly<Record<TuneMode, string>> = {
  off: 'It does nothing. Values that it has set stay in effect.',
  observe: 'It proposes nothing, and judges changes by others.',
  suggest: 'It proposes, and a person accepts.',
  active: 'It changes controls, and reverts what does not help.',
}

function TunerModeChoice({ mode }: { readonly mode: TuneMode | null }): JSX.Element | null {
  const run = useRun()
  if (isViewer()) return mode === null ? null : <span class="badge bare">mode {mode}</span>
  const barred = operateReason(run)
  const choose = (wanted: TuneMode): void => {
    const module = TUNE_DESCRIPTOR.name
    void run.answers.send([
      wanted === 'off' ? { module, op: 'disable' } : { module, op: 'enable', params: { mode: wanted } },
    ])
  }
  return <ModeChoice modes={TUNE_MODES} mode={mode} meanings={MEANINGS} barred={barred} onChoose={choose} />
}
