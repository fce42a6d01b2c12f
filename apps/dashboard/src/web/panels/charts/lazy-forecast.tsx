import type { ComponentType, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

interface ForecastProps {
  readonly names: readonly string[]
}

/** Shows the large chart's forecast. Its code is loaded when it is first switched on. */
export function LazyForecast(props: ForecastProps): JSX.Element | null {
  const [Content, setContent] = useState<ComponentType<ForecastProps> | undefined>(undefined)
  const [hasFailed, setFailed] = useState(false)
  useEffect(() => {
    import('./forecast-part.tsx').then(
      ({ ForecastPart }) => setContent(() => ForecastPart),
      () => setFailed(true),
    )
  }, [])
  if (hasFailed) return <p class="issue">The forecast could not be loaded: reload the page.</p>
  return Content === undefined ? null : <Content {...props} />
}
