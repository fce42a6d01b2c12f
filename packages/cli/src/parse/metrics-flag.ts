import { usageError } from '@hotcb/commands'
import { selectNames } from '@hotcb/protocol'

/** Returns the test for the metrics that `--metrics` selects; undefined if the flag was not given. */
export function readMetrics(given: string | undefined): ((name: string) => boolean) | undefined {
  if (given === undefined) return undefined
  const read = selectNames('--metrics', given)
  if (!read.ok) throw usageError(read.reason)
  return read.value
}
