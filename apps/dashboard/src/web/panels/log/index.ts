import type { Panel } from '../panel.ts'
import { LogPanel } from './log-panel.tsx'

/** A run's log, which scrolls to its latest lines. */
export const log: Panel = {
  name: 'log',
  title: 'Log',
  placement: 'tab',
  streams: ['log'],
  Content: LogPanel,
}
