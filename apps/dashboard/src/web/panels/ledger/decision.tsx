import type { JSX } from 'preact'

/** A decision as a badge. */
export function Decision({ decision }: { readonly decision: string }): JSX.Element {
  const look = decision === 'applied' ? 'good' : decision === 'skipped_noop' || decision === 'expired' ? '' : 'bad'
  return <span class={`badge bare ${look}`}>{decision.replaceAll('_', ' ')}</span>
}
