import type { JSX } from 'preact'
import { useStream } from '../panel.ts'
import '../actions.css'
import './autopilot.css'
import { AiCard } from './ai-card.tsx'
import { History } from './history.tsx'
import { Proposals } from './proposals.tsx'
import { RulesCard } from './rules-card.tsx'
import { WatcherCard } from './watcher-card.tsx'

/**
 * Shows the run's autopilot: proposals that are waiting for a person, answers from a language model, past actions, and the
 * rules.
 */
export function AutopilotPanel(): JSX.Element {
  const now = useStream('autopilot').now.value
  if (now === undefined) return <div class="card empty" aria-busy="true" />
  return (
    <>
      <WatcherCard now={now} />
      <Proposals now={now} />
      <AiCard now={now} />
      <History now={now} />
      <RulesCard now={now} />
    </>
  )
}
