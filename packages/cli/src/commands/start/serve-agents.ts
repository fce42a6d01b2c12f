import { refusal, usageError } from '@hotcb/commands'
import { isObject, messageOf, parseJson, printable } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'

const ACTIONS = ['list', 'revoke'] as const

/** `hotcb serve agents list`: the agents that use a dashboard's `/mcp` endpoint. */
export const serveAgentsCommand: CliCommand = cliCommand({
  args: {
    action: {
      type: 'positional',
      valueHint: 'ACTION',
      options: ACTIONS,
      meanings: { list: 'list the agents', revoke: "reject an agent's requests" },
      description: '`list` or `revoke`.',
    },
    id: { type: 'positional', required: false, valueHint: 'ID', description: 'The session ID, as shown by `list`.' },
    url: {
      type: 'string',
      valueHint: 'URL',
      isNamed: true,
      default: 'http://127.0.0.1:8421',
      description: 'The address of the dashboard (http://127.0.0.1:8421).',
    },
    token: { type: 'string', valueHint: 'TEXT', isNamed: true, description: "An owner's token (`HOTCB_TOKEN`)." },
    'with-token': { type: 'boolean', description: "With `revoke`: also revoke the session's token." },
  },
  about: [
    "Lists the agents that have used a dashboard's `/mcp` endpoint since it started, or rejects all further requests from one of them.",
    "`revoke` lasts until the server stops. With `--with-token`, the agent's token is also removed from the server's token file, so that it cannot reconnect.",
  ],
  examples: [
    { type: 'hotcb serve agents list', does: 'who has read or changed runs, and when' },
    {
      type: 'hotcb serve agents revoke 4f1c --with-token',
      does: 'block an agent; the first few characters of its ID are enough',
    },
  ],
  async run({ action, id, url, token, 'with-token': withToken = false }, context) {
    const site: Site = { url, token: token ?? context.env['HOTCB_TOKEN'] }
    if (action === 'list') {
      if (id !== undefined) throw usageError(`\`list\` does not accept an ID, got "${id}"`)
      show(await sessionsOf(site), context)
      return EXIT.done
    }
    if (id === undefined) throw usageError('`revoke` needs an ID; list them with `hotcb serve agents list`')
    const session = findSession(await sessionsOf(site), id)
    const query = withToken ? '?token=true' : ''
    const answer = await ask(site, `/${encodeURIComponent(session.id)}${query}`, 'DELETE')
    if (context.json) context.terminal.json(answer)
    else context.terminal.out(`${nameOf(session)}${withToken ? ' and its token are' : ' is'} revoked`)
    return EXIT.done
  },
})

interface Site {
  readonly url: string
  readonly token: string | undefined
}

interface Session extends Readonly<Record<string, unknown>> {
  readonly id: string
}

function show(sessions: readonly Session[], { terminal, json }: CliContext): void {
  if (json) {
    terminal.json({ version: 1, sessions })
    return
  }
  if (sessions.length === 0) terminal.err('no agent has used this dashboard since it started')
  for (const session of sessions) {
    const { id, rights, requests, last, revoked } = session
    const seen = typeof last === 'number' ? new Date(last * 1000).toISOString() : '-'
    const may = Array.isArray(rights) && rights.length > 0 ? `read,${rights.join(',')}` : 'read'
    const state = revoked === true ? 'revoked' : may
    terminal.out(`${id}  ${nameOf(session)}  ${state}  ${String(requests)} requests, the last ${seen}`)
  }
}

function nameOf({ user, client, peer }: Session): string {
  return [user ?? 'no name', client ?? 'unknown client', peer].map((part) => printable(String(part))).join('  ')
}

function findSession(sessions: readonly Session[], start: string): Session {
  const found = sessions.filter(({ id }) => id.startsWith(start))
  const [first] = found
  if (first === undefined)
    throw refusal(`no session ID starts with "${start}"`, 'list them with `hotcb serve agents list`')
  if (found.length > 1) throw refusal(`"${start}" matches ${found.length} sessions`, 'give more characters of the ID')
  return first
}

async function sessionsOf(site: Site): Promise<readonly Session[]> {
  const { sessions } = await ask(site, '', 'GET')
  const list: readonly unknown[] = Array.isArray(sessions) ? sessions : []
  return list.filter((one): one is Session => isObject(one) && typeof one['id'] === 'string')
}

async function ask({ url, token }: Site, path: string, method: string): Promise<Readonly<Record<string, unknown>>> {
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw usageError(`--url must be an address such as http://127.0.0.1:8421, got "${url}"`)
  // The printed address has the token in its fragment.
  const { origin, pathname, hash } = new URL(url)
  const shown = token ?? new URLSearchParams(hash.slice(1)).get('token') ?? undefined
  const headers = shown === undefined ? {} : { Authorization: `Bearer ${shown}` }
  const at = `${origin}${pathname.replace(/\/$/, '')}/api/mcp/sessions${path}`
  const answer = await fetch(at, { method, headers, redirect: 'error' }).catch((error: unknown) => {
    throw refusal(
      `the dashboard at ${origin} does not answer: ${messageOf(error)}`,
      'use `--url` to choose a different one',
    )
  })
  const parsed = parseJson(await answer.text())
  const body = parsed.ok && isObject(parsed.value) ? parsed.value : {}
  if (answer.ok) return body
  const error = isObject(body['error']) ? body['error']['message'] : undefined
  throw refusal(printable(typeof error === 'string' ? error : `the dashboard answered ${answer.status}`))
}
