import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { refusal } from '@hotcb/commands'
import { replaceDocument } from '@hotcb/journal'
import { AGENT_SKILL } from './agent-guide.ts'
import { type AgentName, placesOf } from './places.ts'
import { addToJson, addToToml, type ServerEntry } from './server-entry.ts'

/** What to install, for which agents, and where. */
export interface Installation {
  readonly agents: readonly AgentName[]
  readonly scope: 'user' | 'project'
  /** The home directory or the project directory. */
  readonly base: string
  readonly force: boolean
  /** If null, no MCP server is installed. */
  readonly entryFor: (agent: AgentName) => ServerEntry | null
}

/** A file that is written. */
export interface PlannedFile {
  readonly agent: AgentName
  readonly kind: 'skill' | 'server'
  readonly path: string
  readonly text: string
  /** Whether its new content differs from the existing content. */
  readonly isNew: boolean
}

/** Returns the files of an installation. Nothing is written. @throws CommandError if another program's file would be replaced. */
export function planInstallation({ agents, scope, base, force, entryFor }: Installation): readonly PlannedFile[] {
  return agents.flatMap((agent) => {
    const { skills, servers, format } = placesOf(agent, scope)
    const skillPath = join(base, skills, AGENT_SKILL.name, 'SKILL.md')
    const files = [planned(agent, 'skill', skillPath, skillText(skillPath, force))]
    const entry = servers === null ? null : entryFor(agent)
    if (servers === null || entry === null) return files
    const path = join(base, servers)
    const add = format === 'json' ? addToJson : addToToml
    const text = add(textOf(path), entry, force)
    if (!text.ok) throw refusal(`\`${path}\`: ${text.reason}`)
    return [...files, planned(agent, 'server', path, text.value)]
  })
}

/** Writes the files. Files that contain a token are readable only by their owner. */
export function writeInstallation(files: readonly PlannedFile[], isSecret: boolean): void {
  for (const { path, text, kind, isNew } of files) {
    if (!isNew) continue
    mkdirSync(dirname(path), { recursive: true })
    replaceDocument(path, text, kind === 'server' && isSecret ? { mode: 0o600 } : {})
  }
}

function planned(agent: AgentName, kind: PlannedFile['kind'], path: string, text: string): PlannedFile {
  return { agent, kind, path, text, isNew: textOf(path) !== text }
}

function skillText(path: string, force: boolean): string {
  const before = textOf(path)
  if (before !== undefined && before !== AGENT_SKILL.text && !force) {
    throw refusal(`\`${path}\` exists and differs; use \`--force\` to replace it`)
  }
  return AGENT_SKILL.text
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
