import type { Panel } from '../panel.ts'
import { LogPanel } from './log-panel.tsx'

/** The log of a run, followed at its end. */
export const log: Panel = {
  name: 'log',
  title: 'Log',
  placement: 'tab',
  streams: ['log'],
  Content: LogPanel,
}
