import { checkOptions, type HotModule, type OptionKeys } from '@hotcb/protocol'
import { systemClock } from '../clock.ts'
import { openSystemFigures } from './system-figures.ts'
import { systemSeconds } from './system-switch.ts'

/** Options for `openRankFigures`. */
export interface RankFiguresOptions {
  /** The rank of this process, above 0. */
  readonly rank: number
  /** The same as `system` in `openMetricsCollector`. */
  readonly system?: boolean | number | undefined
}

const KEYS: OptionKeys<RankFiguresOptions> = { rank: true, system: true }

/**
 * Creates the module that ranks above 0 use instead of the metrics collector. It measures this process and writes the results to a
 * document that rank 0 reads.
 *
 * @throws RangeError or TypeError for invalid or unknown options.
 */
export function openRankFigures(options: RankFiguresOptions): HotModule {
  checkOptions('openRankFigures', options, KEYS)
  const { rank, system } = options
  if (!Number.isInteger(rank) || rank < 1) throw new RangeError(`\`rank\` must be a whole number >= 1, got ${rank}`)
  const everySeconds = systemSeconds(system)
  const figures = everySeconds === null ? null : openSystemFigures({ everySeconds, rank })
  return {
    name: 'metrics',
    attach: ({ runDir }) => figures?.attach?.(runDir),
    onSafePoint(env, { superseded }) {
      if (superseded !== true) figures?.take(env.step, systemClock.running())
    },
    close: () => figures?.close(),
  }
}
