import type { JSX } from 'preact'
import { useStream } from '../panel.ts'
import './layers.css'

/** The captured layers, and the newest step of each. */
export function LayersPanel(): JSX.Element {
  const { newest } = useStream('features')
  return (
    <ul class="layers">
      {[...newest.value].map(([layer, step]) => (
        <li key={layer}>
          {layer} at step {step}
        </li>
      ))}
    </ul>
  )
}
