import { plainReason } from '@hotcb/run'
import type { JSX } from 'preact'
import type { Fate } from '../../run/command-log.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'

/** What has become of the commands sent from this page, newest first. */
export function Fates(): JSX.Element | null {
  const { commands } = useRun()
  const { detail } = useStream('state')
  const fates = commands.fates.value
  const holding = detail.value?.state?.held ?? []
  const held = new Set(holding.map(({ cid }) => cid))
  const own = new Set(fates.map(({ cid }) => cid))
  const foreign = holding.filter(({ cid }) => !own.has(cid)).slice(0, 12)
  if (fates.length === 0 && foreign.length === 0) return null
  return (
    <section class="card panel" aria-label="Sent commands">
      <header>
        <h2>{fates.length === 0 ? 'Scheduled' : 'Sent from here'}</h2>
      </header>
      {commands.notes.value.map((note) => (
        <p class="muted small-text" key={note}>
          {note}
        </p>
      ))}
      <ol class="fates" aria-live="polite">
        {fates.slice(0, 12).map((fate) => (
          <FateRow key={fate.cid} fate={fate} isHeld={held.has(fate.cid)} />
        ))}
        {foreign.map(({ cid, at }) => (
          <li key={cid} data-fate="scheduled">
            <span class="cut mono" title={cid}>
              {cid}
            </span>
            <span class="badge accent">scheduled</span>
            <span class="muted small-text">by another, for step {at.step}</span>
            <CancelButton cid={cid} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function CancelButton({ cid }: { readonly cid: string }): JSX.Element {
  const { commands } = useRun()
  const cancel = (): void => {
    commands.send([{ module: 'core', op: 'cancel', params: { cid } }]).catch(() => undefined)
  }
  return (
    <button type="button" class="button quiet small" onClick={cancel}>
      Cancel
    </button>
  )
}

function FateRow({ fate, isHeld }: { readonly fate: Fate; readonly isHeld: boolean }): JSX.Element {
  const { line } = fate
  const [look, word] = stateOf(fate, isHeld)
  return (
    <li data-fate={word}>
      <span class="cut" title={fate.text}>
        {fate.text}
      </span>
      <span class={`badge ${look}`}>{word}</span>
      <span class="muted small-text">
        {line === undefined
          ? fate.at === null
            ? 'waits for the next safe point'
            : `for step ${fate.at}`
          : [line.step === null ? null : `step ${line.step}`, plainReason(line.error ?? line.notes ?? '')]
              .filter(Boolean)
              .join(', ')}
      </span>
      {line === undefined && isHeld && <CancelButton cid={fate.cid} />}
    </li>
  )
}

function stateOf({ line, isVerified }: Fate, isHeld: boolean): readonly [look: string, word: string] {
  if (line === undefined) return isHeld ? ['accent', 'scheduled'] : ['accent live', 'queued']
  if (line.decision === 'applied') return isVerified ? ['good', 'verified'] : ['good', 'applied']
  if (line.decision === 'skipped_noop') return ['', 'nothing to do']
  return ['bad', line.decision.replaceAll('_', ' ')]
}
