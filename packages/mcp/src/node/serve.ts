import { serveStdio } from '@modelcontextprotocol/server/stdio'
import type { McpPort } from '../port.ts'
import { createMcpServer } from '../server.ts'

/**
 * Serves a client over standard input and output until the client closes them. Nothing else may write to standard
 * output.
 */
export async function serveMcp(port: McpPort): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    process.stdin.once('close', resolve)
    process.stdin.once('end', resolve)
  })
  serveStdio(() => createMcpServer(port))
  await closed
}
