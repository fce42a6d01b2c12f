import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'

/** `hotcb cache clear`. */
export const cacheClearCommand: CliCommand = cliCommand({
  args: {},
  about: [
    "hotcb caches parsed metrics next to the run, or in the user's cache directory if the run is read-only. This command clears the cache directory. The metrics are parsed again when a run is opened.",
  ],
  examples: [{ type: 'hotcb cache clear', does: "clear this user's cache for all runs" }],
  async run(_args, { json, terminal }) {
    const { clearHistoryCache, historyCacheDirectory } = await import('@hotcb/metrics/node')
    const directory = historyCacheDirectory()
    const bytes = await clearHistoryCache()
    if (json) terminal.json({ directory, bytes })
    else terminal.out(`${directory}: ${bytes === 0 ? 'nothing to clear' : `${(bytes / 1e6).toFixed(1)} MB cleared`}`)
    return EXIT.done
  },
})
