import { checkOptions, type HotModule, type OptionKeys } from '@hotcb/protocol'
import { systemClock } from '../clock.ts'
import { openSystemFigures } from './system-figures.ts'
import { systemSeconds } from './system-switch.ts'

/** Options of `openRankFigures`. */
export interface RankFiguresOptions {
  /** The rank of this process, above 0. */
  readonly rank: number
  /** As `system` of `openMetricsCollector`. */
  readonly system?: boolean | number | undefined
}

const KEYS: OptionKeys<RankFiguresOptions> = { rank: true, system: true }

/**
 * Creates the module of a rank above 0 that takes the place of the metrics collector of rank 0: it measures this process, and leaves
 * the figures where rank 0 finds them.
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
