import { printable } from '@hotcb/protocol'
import type { Usage } from '../executor/executor.ts'
import type { TrialRecord } from '../journal/fold.ts'

/** The columns of `herd stats`. */
export const USAGE_COLUMNS: readonly string[] = ['idx', 'state', 'elapsed', 'max_rss', 'ave_rss', 'req_mem', 'name']

/** Returns a row of `herd stats`, with one cell for each of {@link USAGE_COLUMNS}. Memory is in GiB: `1.50G`. */
export function usageRow({ trial }: Pick<TrialRecord, 'trial'>, used: Usage): readonly string[] {
  return [
    String(trial.i),
    used.state ?? '-',
    used.elapsed ?? '-',
    ...[used.maxRssBytes, used.aveRssBytes, used.reqMemBytes].map(gigabytes),
    printable(trial.name),
  ]
}

function gigabytes(bytes: number | null): string {
  return bytes === null ? '-' : `${(bytes / 2 ** 30).toFixed(2)}G`
}
