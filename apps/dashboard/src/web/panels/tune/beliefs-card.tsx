import { describeBelief, type TunerBelief } from '@hotcb/tune'
import type { JSX } from 'preact'
import { formatNumber } from '../../../shared/describe.ts'
import type { TunerDocument } from '../../../shared/tuner.ts'

/**
 * Shows the tuner's results for each control, moved up and moved down: the share of accepted moves, and the score of each move.
 */
export function BeliefsCard({ tuner }: { readonly tuner: TunerDocument }): JSX.Element | null {
  const { beliefs, watched } = tuner
  if (beliefs.length === 0 && watched.length === 0) return null
  return (
    <section class="card panel" aria-label="What it believes">
      <header>
        <h2>What it believes</h2>
      </header>
      <ul class="beliefs">
        {beliefs.map((belief) => (
          <BeliefRow key={`${belief.knob} ${belief.direction}`} belief={belief} />
        ))}
      </ul>
      {beliefs.length > 0 && (
        <p class="muted small-text">
          The bar is the 90 % interval of the share of accepted moves, after a uniform prior; the tick is its mean. Each
          dot is a judged move: its score is how much faster than expected the objective fell.
        </p>
      )}
      {watched.length > 0 && (
        <p class="muted">
          Its verdicts on changes by others:{' '}
          {watched
            .slice(0, MOST_WATCHED)
            .map(({ key, step, source, decision }) => `${key} at step ${step} by ${source}: ${decision}`)
            .join('; ')}
        </p>
      )}
    </section>
  )
}

const MOST_WATCHED = 5

function BeliefRow({ belief }: { readonly belief: TunerBelief }): JSX.Element {
  const { knob, direction, low, high, mean, moves } = belief
  return (
    <li data-belief={`${knob} ${direction}`}>
      <p>{describeBelief(belief)}</p>
      <svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="all" x="0" y="3" width="100" height="4" />
        <rect class="likely" x={100 * low} y="1" width={100 * (high - low)} height="8" />
        <rect class="mean" x={100 * mean - 0.4} y="0" width="0.8" height="10" />
      </svg>
      <ul class="moves" aria-label={`Moves of ${knob} ${direction}`}>
        {moves.map(({ mutation, value, score, isKept }) => (
          <li key={mutation} class={`badge ${isKept ? 'good' : 'bad'}`} title={mutation}>
            {formatNumber(value, 3)}: {score === null ? 'trouble' : formatNumber(score, 2)}
          </li>
        ))}
      </ul>
    </li>
  )
}
