import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { isCommandError, refusal, usageError } from '@hotcb/commands'
import { messageOf } from '@hotcb/protocol'
import type { CliContext, TokenFiles } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { readRights } from './load-mcp.ts'
import { type PlannedFile, planInstallation, writeInstallation } from './skill/install.ts'
import { AGENTS, type AgentName, placesOf } from './skill/places.ts'
import type { ServerEntry } from './skill/server-entry.ts'

/** `hotcb install-skill`. */
export const installSkillCommand: CliCommand = cliCommand({
  args: {
    agents: {
      type: 'positional',
      variadic: true,
      required: false,
      valueHint: 'AGENT',
      description: '`claude`, `codex` or `cursor`. Default: `claude`.',
    },
    scope: {
      type: 'enum',
      options: ['project', 'user'],
      default: 'project',
      description: '`project`: the working directory. `user`: the home directory, for all projects.',
    },
    root: {
      type: 'string',
      valueHint: 'DIR',
      isNamed: true,
      description: 'The runs that the agent may see through MCP (the working directory).',
      completes: { kind: 'directories' },
    },
    allow: {
      type: 'string',
      valueHint: 'propose,control,sweep',
      isNamed: true,
      description: 'What the agent may change through `hotcb mcp`. Default: nothing.',
    },
    url: {
      type: 'string',
      valueHint: 'URL',
      isNamed: true,
      description: 'Connect to the dashboard at this address instead of starting `hotcb mcp`.',
    },
    tokens: {
      type: 'string',
      valueHint: 'FILE',
      isNamed: true,
      description:
        'With `--url`: the token file of that dashboard. The agent gets its own token, with the viewer role.',
    },
    mcp: {
      type: 'boolean',
      default: true,
      description: 'Also install an MCP server. `--no-mcp` installs only the skill.',
    },
    force: {
      type: 'boolean',
      alias: 'f',
      description: 'Replace an existing skill or MCP server named `hotcb` that differs.',
    },
  },
  about: [
    "Installs instructions for coding agents, as a skill named `hotcb`, and an entry for hotcb's MCP server. Existing files that differ are not replaced.",
    'With `--url` and `--tokens`, a token named `agent-claude` (`-codex`, `-cursor`) is created and written into the entry. It can only read. `hotcb serve token remove agent-claude` revokes it. Keep that file out of version control.',
    'For Claude Code in all projects, the command to type is printed instead of writing an entry.',
  ],
  examples: [
    {
      type: 'hotcb install-skill --root runs',
      does: 'for Claude Code in this project, which may read the runs in runs/',
    },
    { type: 'hotcb install-skill claude codex cursor', does: 'for all three' },
    {
      type: 'hotcb install-skill cursor --url http://127.0.0.1:8421 --tokens team.json',
      does: 'through a dashboard, with its own token',
    },
  ],
  async run(args, context) {
    const { scope, url, tokens, mcp, force = false } = args
    const agents = readAgents(args._)
    if (tokens !== undefined && url === undefined) throw usageError('`--tokens` requires `--url`')
    if (url !== undefined && (args.root ?? args.allow) !== undefined) {
      throw usageError('`--root` and `--allow` apply to `hotcb mcp`; the dashboard at `--url` has its own settings')
    }
    const base = scope === 'user' ? homedir() : resolve('.')
    const plan = { agents, scope, base, force }
    if (!mcp) return finish(planInstallation({ ...plan, entryFor: () => null }), false, context)
    const entry = url === undefined ? await programEntry(args.root, args.allow) : dashboardEntry(url)
    // This detects files that would be replaced, before a token is created.
    planInstallation({ ...plan, entryFor: () => entry })
    const issued = tokens === undefined ? undefined : await issueTokens(plan, resolve(tokens), context)
    const isSecret = issued !== undefined
    const entryFor = (agent: AgentName): ServerEntry =>
      'url' in entry ? { ...entry, token: issued?.get(agent) ?? null } : entry
    const code = finish(planInstallation({ ...plan, force: force || isSecret, entryFor }), isSecret, context)
    if (scope === 'user' && agents.includes('claude')) context.terminal.err(claudeLine(entryFor('claude')))
    return code
  },
})

function readAgents(words: readonly string[]): readonly AgentName[] {
  const named = words.length === 0 ? ['claude'] : words
  return [...new Set(named)].map((word) => {
    const agent = AGENTS.find((name) => name === word)
    if (agent === undefined) throw usageError(`AGENT must be one of ${AGENTS.join(', ')}, got "${word}"`)
    return agent
  })
}

async function programEntry(root: string | undefined, allow: string | undefined): Promise<ServerEntry> {
  const rights = await readRights(allow ?? '')
  const right = rights.length === 0 ? [] : ['--allow', rights.join(',')]
  return { command: 'npx', args: ['hotcb', 'mcp', '--root', resolve(root ?? '.'), ...right] }
}

function dashboardEntry(typed: string): { readonly url: string; readonly token: null } {
  if (!/^https?:/.test(typed) || !URL.canParse(typed)) {
    throw usageError(`--url must be an address such as http://127.0.0.1:8421, got "${typed}"`)
  }
  // The address that a dashboard prints may contain the owner's token, which must not be copied.
  const { origin, pathname } = new URL(typed)
  return { url: `${origin}${pathname.replace(/\/(mcp)?$/, '')}/mcp`, token: null }
}

/** Creates a token for each agent and returns them by name. An existing token is replaced only with `--force`. */
async function issueTokens(
  { agents, force }: { readonly agents: readonly AgentName[]; readonly force: boolean },
  path: string,
  { ports }: CliContext,
): Promise<ReadonlyMap<AgentName, string>> {
  const files: TokenFiles | undefined = await ports.tokens?.()
  if (files === undefined)
    throw refusal('this program was built without the dashboard', 'use `npx hotcb`, which includes it')
  try {
    const users = existsSync(path) ? files.listTokens(path).map(({ user }) => user) : []
    const taken = agents.find((agent) => users.includes(tokenName(agent)))
    if (taken !== undefined && !force) {
      throw refusal(`\`${path}\` already has a token named \`${tokenName(taken)}\`; use \`--force\` to replace it`)
    }
    return new Map(agents.map((agent) => [agent, files.addToken(path, tokenName(agent), 'viewer').token]))
  } catch (error) {
    if (isCommandError(error)) throw error
    throw refusal(messageOf(error))
  }
}

function tokenName(agent: AgentName): string {
  return `agent-${agent}`
}

function finish(files: readonly PlannedFile[], isSecret: boolean, { terminal, json }: CliContext): ExitCode {
  writeInstallation(files, isSecret)
  if (json) {
    const shown = files.map(({ agent, kind, path, isNew }) => ({ agent, kind, path, written: isNew }))
    terminal.json({ version: 1, files: shown })
    return EXIT.done
  }
  for (const { agent, kind, path, isNew } of files) {
    const what = `${placesOf(agent, 'project').title}, ${kind === 'skill' ? 'skill' : 'MCP server'}`
    terminal.out(isNew ? `${terminal.green('Installed')} ${what}: ${path}` : `${what}: ${path} is up to date`)
  }
  if (isSecret) terminal.err('the MCP entry contains a token: keep its file out of version control')
  return EXIT.done
}

function claudeLine(entry: ServerEntry): string {
  if ('command' in entry) {
    return `for all projects, type: claude mcp add --scope user hotcb -- ${[entry.command, ...entry.args].join(' ')}`
  }
  const header = entry.token === null ? '' : ` --header "Authorization: Bearer ${entry.token}"`
  return `for all projects, type: claude mcp add --scope user --transport http hotcb ${entry.url}${header}`
}
