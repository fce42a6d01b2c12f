import { usageError } from '@hotcb/commands'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { loadMcp, readRights } from './load-mcp.ts'
import { openMcpPort } from './mcp-port.ts'

/** `hotcb mcp`. */
export const mcpCommand: CliCommand = cliCommand({
  args: {
    root: {
      type: 'string',
      repeats: true,
      valueHint: 'DIR',
      description: 'A directory whose runs and sweeps the client may see. Default: `--dir`, or the working directory.',
      completes: { kind: 'directories' },
    },
    allow: {
      type: 'string',
      valueHint: 'propose,control,sweep',
      description:
        '`propose`: ask people to approve something. `control`: change runs. `sweep`: start, change and stop trials. Default: only read.',
    },
  },
  about: [
    'Serves the Model Context Protocol on standard input and output, for an agent that starts this command. The agent can list, explain and read the runs and sweeps below the roots, and nothing else.',
    'With `--allow`, the agent also gets tools that make changes. Each call needs a reason, which is stored with the command. The ledger records `mcp` as the source. The usual rules apply: freeze, bounds, expected values.',
    'With `--allow propose` alone, the agent cannot change anything itself: it proposes, and a person approves or rejects. The autopilot of the run, or the monitor of the sweep, shows the proposal.',
    'In each result, text from files is marked as data.',
    'This command needs the package `@modelcontextprotocol/server`: install it next to `hotcb`.',
  ],
  examples: [
    { type: 'hotcb mcp --root runs', does: 'an agent may read the runs in runs/' },
    { type: 'hotcb mcp --root runs --allow propose', does: 'it may also ask people to approve changes' },
    { type: 'hotcb mcp --root runs --allow control', does: 'it may also change them' },
  ],
  async run({ root = [], allow = '' }, context) {
    if (context.json) throw usageError('`mcp` speaks the Model Context Protocol; it has no `--json`')
    const given = [root].flat()
    const rights = await readRights(allow)
    const port = openMcpPort({
      roots: given.length > 0 ? given : [context.dirGiven ? context.dir : '.'],
      rights,
      context,
    })
    const { serveMcp } = await loadMcp()
    await serveMcp(port)
    return EXIT.done
  },
})
