import { type AiDecision, answerText, type DecidedAction, effectText, isAiMode } from '@hotcb/autopilot'
import { showUsd } from '@hotcb/llm'
import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { AiDetail, AutopilotDocument } from '../../../shared/autopilot.ts'
import { ask, runPath } from '../../api.ts'
import { useRun } from '../../run/run-context.ts'
import { AiPromptButton } from './ai-prompt.tsx'
import { changeText } from './change-text.ts'

/** Shows a language model's cost, answers and results. It is hidden if no model has ever been called. */
export function AiCard({ now }: { readonly now: AutopilotDocument }): JSX.Element | null {
  const { decisions, mode } = now
  if (decisions.length === 0 && !isAiMode(mode)) return null
  return (
    <section class="card panel" aria-label="Language model">
      <header>
        <h2>Language model</h2>
        <span class="spacer" />
        <AiPromptButton />
      </header>
      <Budget stamp={stampOf(decisions)} />
      {decisions.length === 0 ? <p class="muted">It has not been called yet.</p> : <Decisions decisions={decisions} />}
    </section>
  )
}

/** Changes whenever a call adds to the cost. */
function stampOf([newest]: readonly AiDecision[]): string {
  return newest === undefined ? '' : `${newest.id} ${newest.isAnswered}`
}

function Budget({ stamp }: { readonly stamp: string }): JSX.Element | null {
  const { id } = useRun()
  const [detail, setDetail] = useState<AiDetail | undefined>(undefined)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    let isGone = false
    ask<AiDetail>(runPath(id, 'autopilot/ai')).then(
      (read) => {
        if (isGone) return
        setDetail(read)
        setProblem('')
      },
      (error: unknown) => {
        if (!isGone) setProblem(messageOf(error))
      },
    )
    return () => {
      isGone = true
    }
  }, [id, stamp])
  if (problem !== '') {
    return (
      <p class="notice bad" role="alert">
        {problem}
      </p>
    )
  }
  return detail === undefined ? null : <BudgetFacts detail={detail} />
}

function BudgetFacts({ detail }: { readonly detail: AiDetail }): JSX.Element {
  const { model, baseUrl, used, limits, reserved } = detail
  return (
    <dl class="pairs">
      <dt>Model</dt>
      <dd>
        {model} <span class="muted">at {baseUrl}</span>
      </dd>
      <dt>Price</dt>
      <dd>{priceText(detail)}</dd>
      <dt>Spent</dt>
      <dd>
        {showUsd(used.nano)}
        {limits.nano === null ? '' : ` of ${showUsd(limits.nano)}`}
        {reserved > 0 && <span class="muted">, of which {showUsd(reserved)} is reserved for unanswered calls</span>}
      </dd>
      <dt>Used</dt>
      <dd>
        {countText(used.calls, limits.calls, 'calls')}, {countText(used.tokens, limits.tokens, 'tokens')},{' '}
        {countText(used.actions, limits.actions, 'actions')}
      </dd>
    </dl>
  )
}

function countText(used: number, limit: number | null, what: string): string {
  const of = limit === null ? '' : ` of ${limit.toLocaleString('en')}`
  return `${used.toLocaleString('en')}${of} ${what}`
}

function priceText({ price, pricesDated }: AiDetail): string {
  if (price.input === 0 && price.output === 0) return 'none'
  const source = pricesDated === null ? 'from the config' : `built-in prices of ${pricesDated}`
  return `$${price.input} in, $${price.output} out per million tokens (${source})`
}

function Decisions({ decisions }: { readonly decisions: readonly AiDecision[] }): JSX.Element {
  return (
    <ol class="decisions" aria-label="The model's answers, newest first">
      {decisions.map((decision) => (
        <Decision key={decision.id} decision={decision} />
      ))}
    </ol>
  )
}

function Decision({ decision }: { readonly decision: AiDecision }): JSX.Element {
  const { id, step, isAnswered, diagnosis, reasoning, error, actions, nanoUsd } = decision
  const head = diagnosis ?? (isAnswered ? 'no answer' : 'waiting for an answer')
  return (
    <li data-decision={id}>
      <p>
        <span class={`badge bare ${error === null ? '' : 'bad'}`}>{head.replaceAll('_', ' ')}</span>{' '}
        <span class="muted">
          step {step ?? 'unknown'}
          {nanoUsd === null ? '' : ` · ${showUsd(nanoUsd)}`} · {id}
        </span>
      </p>
      <p class="model-text">{error ?? reasoning}</p>
      {actions.map((action, i) => (
        <ActionLine key={i} action={action} />
      ))}
    </li>
  )
}

function ActionLine({
  action: { action, name, value, result, story },
}: {
  readonly action: DecidedAction
}): JSX.Element {
  const asked = [action, name, value].filter((one) => one !== null).join(' ')
  if (story === null) {
    return (
      <p class="muted model-text">
        {asked}: {result}
      </p>
    )
  }
  return (
    <p class="model-text">
      <b>{changeText(story)}</b> {answerText(story)}
      <span class={story.outcome === 'worse' ? 'bad-text' : 'muted'}>
        {' '}
        · {effectText(story) ?? 'effect not measured yet'}
      </span>
    </p>
  )
}
