import { refusal, usageError } from '@hotcb/commands'
import type { Right } from '@hotcb/mcp'
import { messageOf } from '@hotcb/protocol'

/** Loads the Model Context Protocol server, which needs an optional package. @throws CommandError if the package is missing. */
export async function loadMcp(): Promise<typeof import('@hotcb/mcp/node')> {
  try {
    return await import('@hotcb/mcp/node')
  } catch (error) {
    if (!messageOf(error).includes('@modelcontextprotocol/server')) throw error
    throw refusal(
      'agents need the package `@modelcontextprotocol/server`',
      'install it with `npm install @modelcontextprotocol/server`',
    )
  }
}

/** Reads the value of `--allow`. @throws CommandError */
export async function readRights(typed: string): Promise<readonly Right[]> {
  const { RIGHTS } = await import('@hotcb/mcp')
  const words = typed.split(',').filter((word) => word !== '')
  return words.map((word) => {
    const right = RIGHTS.find((one) => one === word)
    if (right === undefined) throw usageError(`--allow must be a list of ${RIGHTS.join(', ')}, got "${word}"`)
    return right
  })
}
