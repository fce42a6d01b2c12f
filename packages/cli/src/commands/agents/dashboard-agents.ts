import type { StringFlag } from '@hotcb/commands'
import type { McpService } from '@hotcb/mcp'
import type { CliContext } from '../../context.ts'

/** The `--allow` flag of commands that start a dashboard. */
export const ALLOW_FLAG: StringFlag = {
  type: 'string',
  valueHint: 'propose,control,sweep',
  isNamed: true,
  description:
    'What agents may do through `/mcp` in addition to reading: ask people (`propose`), change runs (`control`), change trials of sweeps (`sweep`). Default: nothing.',
}

/**
 * Creates the agent service for a dashboard that a command starts.
 *
 * @param allow The value of `--allow`.
 * @throws CommandError for a right that does not exist.
 */
export async function agentsOfDashboard(
  allow: string | undefined,
  context: Pick<CliContext, 'ports' | 'env' | 'runLine'>,
): Promise<(...roots: readonly string[]) => McpService> {
  // The module is loaded here, so that help pages do not load it.
  const { readRights } = await import('./load-mcp.ts')
  const { createMcpService } = await import('./mcp-service.ts')
  const rights = await readRights(allow ?? '')
  return (...roots) => createMcpService({ roots, allow: rights, context })
}
