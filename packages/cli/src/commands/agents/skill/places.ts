import { join } from 'node:path'

/** The coding agents for which a skill can be installed. */
export const AGENTS = ['claude', 'codex', 'cursor'] as const
export type AgentName = (typeof AGENTS)[number]

/** The places where an agent reads skills and MCP servers. */
export interface AgentPlaces {
  readonly title: string
  /** Directories below the home directory or the project. */
  readonly skills: string
  /** The file that lists MCP servers; null if this program must not edit it. */
  readonly servers: string | null
  readonly format: 'json' | 'toml'
}

/** Returns the places of an agent. @param scope `user` installs for all of a person's projects. */
export function placesOf(agent: AgentName, scope: 'user' | 'project'): AgentPlaces {
  switch (agent) {
    case 'claude':
      // The user's file contains many other settings, and the running program rewrites it.
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
