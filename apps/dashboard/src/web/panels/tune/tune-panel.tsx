import type { JSX } from 'preact'
import { useStream } from '../panel.ts'
import '../actions.css'
import { BeliefsCard } from './beliefs-card.tsx'
import { MutationsCard } from './mutations-card.tsx'
import { Suggestions } from './suggestions.tsx'
import './tune.css'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FILLING_CODE } from '../../parts/filling-lines.ts'
import { TunerCard } from './tuner-card.tsx'

/** Shows the tuner's current activity, suggestions that are waiting for a person, its changes, and its estimates. */
export function TunePanel(): JSX.Element {
  const now = useStream('tuner').now.value
  if (now === undefined) return <div class="card empty" aria-busy="true" />
  if (now === null) {
    return (
      <EmptyState title="This run has no tuner" line={FILLING_CODE.tuner}>
        Add one to the trainer's modules, then start it with <code>hotcb tune enable</code>:
      </EmptyState>
    )
  }
  return (
    <>
      <TunerCard tuner={now} />
      <Suggestions tuner={now} />
      <MutationsCard tuner={now} />
      <BeliefsCard tuner={now} />
    </>
  )
}
