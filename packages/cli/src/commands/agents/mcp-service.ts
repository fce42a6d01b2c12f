import type { McpService, Right } from '@hotcb/mcp'
import type { CliContext } from '../../context.ts'
import { loadMcp } from './load-mcp.ts'
import { openMcpPort } from './mcp-port.ts'

/** Options for the agent service at a dashboard's `/mcp` endpoint: its roots and the rights that it grants. */
export interface McpServiceOptions {
  readonly roots: readonly string[]
  readonly allow: readonly Right[]
  readonly context: Pick<CliContext, 'ports' | 'env' | 'runLine'>
}

/** Opens the service. Its code is loaded on the first request. */
export function createMcpService({ roots, allow, context }: McpServiceOptions): McpService {
  let opened: Promise<McpService> | undefined
  let service: McpService | undefined
  async function open(): Promise<McpService> {
    const { openMcpHttp } = await loadMcp()
    service = openMcpHttp({
      allow,
      portFor: ({ user, rights }) =>
        openMcpPort({ roots, rights, context, ...(user === null ? {} : { author: user }) }),
    })
    return service
  }
  return {
    async fetch(request, caller) {
      opened ??= open()
      return (await opened).fetch(request, caller)
    },
    sessions: () => service?.sessions() ?? [],
    revoke: (id) => service?.revoke(id),
    close: async () => service?.close(),
  }
}
