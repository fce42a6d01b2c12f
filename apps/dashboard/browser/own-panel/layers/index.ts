import type { Panel } from '../panel.ts'
import { LayersPanel } from './layers-panel.tsx'

export const layers: Panel = {
  name: 'layers',
  title: 'Layers',
  placement: 'tab',
  streams: ['features'],
  applies: (run) => run.detail.value?.row.config === 'captures',
  Content: LayersPanel,
}
