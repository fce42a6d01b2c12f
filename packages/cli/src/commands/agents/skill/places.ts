import { join } from 'node:path'

/** The coding agents that a skill can be installed for. */
export const AGENTS = ['claude', 'codex', 'cursor'] as const
export type AgentName = (typeof AGENTS)[number]

/** Where an agent reads skills and MCP servers. */
export interface AgentPlaces {
  readonly title: string
  /** Directories below the home directory or the project. */
  readonly skills: string
  /** The file of MCP servers; null if this program must not edit it. */
  readonly servers: string | null
  readonly format: 'json' | 'toml'
}

/** The places of an agent. @param scope `user` is for all projects of a person. */
export function placesOf(agent: AgentName, scope: 'user' | 'project'): AgentPlaces {
  switch (agent) {
    case 'claude':
      // The user's file contains much else and is rewritten by the running program.
      return {
        title: 'Claude Code',
        skills: join('.claude', 'skills'),
        servers: scope === 'project' ? '.mcp.json' : null,
        format: 'json',
      }
    case 'codex':
      return {
        title: 'Codex',
        skills: join('.agents', 'skills'),
        servers: join('.codex', 'config.toml'),
        format: 'toml',
      }
    case 'cursor':
      return {
        title: 'Cursor',
        skills: join('.cursor', 'skills'),
        servers: join('.cursor', 'mcp.json'),
        format: 'json',
      }
    default:
      return agent satisfies never
  }
}
