import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { LayerQuantiles } from '../../../shared/media.ts'
import { plainChart } from '../../compare/chart-spec.ts'
import { CompareChart } from '../../compare/compare-chart.tsx'
import { compareView } from '../../compare/compare-view.ts'
import { cssColor, isDark } from '../../theme.ts'
import { linesOfQuantiles } from './distribution.ts'

/** Shows the distribution of a layer's activations over steps. */
export function DistributionChart({ layer }: { readonly layer: LayerQuantiles }): JSX.Element {
  const [spec, setSpec] = useState(() => plainChart(layer.layer))
  const lines = useMemo(() => linesOfQuantiles(layer, cssColor('--s1')), [layer, isDark.value])
  return (
    <CompareChart
      spec={spec}
      lines={lines}
      axis={{ kind: 'step' }}
      span={compareView().span}
      problem={null}
      isLoading={false}
      isFixed
      onSpec={(next) => next !== undefined && setSpec(next)}
    />
  )
}
