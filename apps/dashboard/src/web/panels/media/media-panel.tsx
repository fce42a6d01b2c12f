import type { JSX } from 'preact'
import type { FeatureQuantilesAnswer, MediaAnswer } from '../../../shared/media.ts'
import { useRun } from '../../run/run-context.ts'
import { DistributionChart } from './distribution-chart.tsx'
import { MediaCard } from './media-card.tsx'
import '../../compare/compare.css'
import './media.css'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FILLING_COMMANDS } from '../../parts/filling-lines.ts'
import { useAsked } from './use-asked.ts'

/** Shows images and text files by step, and the distributions of captured activations. */
export function MediaPanel(): JSX.Element {
  const { id } = useRun()
  const files = useAsked<MediaAnswer>(id, 'media')
  const features = useAsked<FeatureQuantilesAnswer>(id, 'features/quantiles')
  const media = files.answer?.media ?? []
  const layers = features.answer?.layers ?? []
  const problems = [...(files.answer?.problems ?? []), files.problem, features.problem].filter((text) => text !== '')
  const isKnown = files.answer !== undefined && features.answer !== undefined
  if (!isKnown && problems.length === 0) return <div class="card empty" aria-busy="true" />
  return (
    <>
      {problems.map((problem) => (
        <p key={problem} class="notice warn" role="alert">
          {problem}
        </p>
      ))}
      {isKnown && media.length + layers.length === 0 && <NoMedia />}
      {media.length > 0 && (
        <section class="group" aria-label="Images and text">
          <h2>Images and text</h2>
          <div class="charts">
            {media.map((series) => (
              <MediaCard key={series.name} run={id} series={series} />
            ))}
          </div>
        </section>
      )}
      {layers.length > 0 && (
        <section class="group" aria-label="Captured activations">
          <h2>Captured activations</h2>
          {features.answer?.complete === false && (
            <p class="muted small-text">The file is long: only its last 16 MiB are shown.</p>
          )}
          <div class="charts">
            {layers.map((layer) => (
              <DistributionChart key={layer.layer} layer={layer} />
            ))}
          </div>
        </section>
      )}
    </>
  )
}

function NoMedia(): JSX.Element {
  return (
    <EmptyState title="No images, text or activations yet" line={FILLING_COMMANDS.media}>
      Files such as <code>media/samples/120.png</code> and <code>media/notes/120.txt</code> in the run directory are
      shown here by step, and so is <code>hotcb.features.jsonl</code>:
    </EmptyState>
  )
}
