import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'

/** `hotcb cache clear`. */
export const cacheClearCommand: CliCommand = cliCommand({
  args: {},
  about: [
    'hotcb caches parsed metrics next to their run, or in the cache directory of the user if the run is read-only. This command clears the latter. The metrics are read again when a run is opened.',
  ],
  examples: [{ type: 'hotcb cache clear', does: 'clear the cache of this user for all runs' }],
  async run(_args, { json, terminal }) {
    const { clearHistoryCache, historyCacheDirectory } = await import('@hotcb/metrics/node')
    const directory = historyCacheDirectory()
    const bytes = await clearHistoryCache()
    if (json) terminal.json({ directory, bytes })
    else terminal.out(`${directory}: ${bytes === 0 ? 'nothing to clear' : `${(bytes / 1e6).toFixed(1)} MB cleared`}`)
    return EXIT.done
  },
})
