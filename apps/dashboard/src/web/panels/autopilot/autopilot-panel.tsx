import type { JSX } from 'preact'
import { useStream } from '../panel.ts'
import '../actions.css'
import './autopilot.css'
import { History } from './history.tsx'
import { Proposals } from './proposals.tsx'
import { RulesCard } from './rules-card.tsx'
import { WatcherCard } from './watcher-card.tsx'

/** Who watches the run by rules, what waits for a person, what was done, and the rules. */
export function AutopilotPanel(): JSX.Element {
  const now = useStream('autopilot').now.value
  if (now === undefined) return <div class="card empty" aria-busy="true" />
  return (
    <>
      <WatcherCard now={now} />
      <Proposals now={now} />
      <History now={now} />
      <RulesCard now={now} />
    </>
  )
}
