import { isObject, parseJson, type Result, refused, sameJson } from '@hotcb/protocol'

/** How an agent reaches runs: it starts a program, or it connects to a dashboard with a token. */
export type ServerEntry =
  | { readonly command: string; readonly args: readonly string[] }
  | { readonly url: string; readonly token: string | null }

const NAME = 'hotcb'
const FOREIGN = `a different MCP server named \`${NAME}\` already exists; use \`--force\` to replace it`

/**
 * Adds this entry to the text of a JSON file that lists MCP servers. Other entries are not changed.
 *
 * @param text The text of the file; undefined if there is none.
 */
export function addToJson(text: string | undefined, entry: ServerEntry, force: boolean): Result<string> {
  const parsed = text === undefined || text.trim() === '' ? { ok: true as const, value: {} } : parseJson(text)
  if (!parsed.ok) return parsed
  const servers = isObject(parsed.value) ? (parsed.value['mcpServers'] ?? {}) : undefined
  if (!isObject(parsed.value) || !isObject(servers))
    return refused('it must be an object that contains an object `mcpServers`')
  const wanted = jsonOf(entry)
  const before = Object.hasOwn(servers, NAME) ? servers[NAME] : undefined
  if (sameJson(before, wanted)) return { ok: true, value: text ?? '' }
  if (before !== undefined && !force) return refused(FOREIGN)
  const all = { ...parsed.value, mcpServers: { ...servers, [NAME]: wanted } }
  return { ok: true, value: `${JSON.stringify(all, undefined, 2)}\n` }
}

function jsonOf(entry: ServerEntry): object {
  if ('command' in entry) return { command: entry.command, args: entry.args }
  const { url, token } = entry
  return { type: 'http', url, ...(token !== null && { headers: { Authorization: `Bearer ${token}` } }) }
}

/** Adds this entry to the text of Codex's TOML file. Only the table for this entry is replaced. */
export function addToToml(text: string | undefined, entry: ServerEntry, force: boolean): Result<string> {
  const table = tomlOf(entry)
  const before = text ?? ''
  const lines = before.split('\n')
  const isOurs = (line: string): boolean => new RegExp(`^\\s*\\[mcp_servers\\.("?)${NAME}\\1[.\\]]`).test(line)
  const start = lines.findIndex(isOurs)
  if (start < 0) return { ok: true, value: before.trim() === '' ? table : `${before.trimEnd()}\n\n${table}` }
  const after = lines.findIndex((line, i) => i > start && /^\s*\[/.test(line) && !isOurs(line))
  const end = after < 0 ? lines.length : after
  const old = lines.slice(start, end).join('\n').trim()
  if (old === table.trim()) return { ok: true, value: before }
  if (!force) return refused(FOREIGN)
  const rest = lines.slice(end).join('\n')
  return { ok: true, value: `${[...lines.slice(0, start), table].join('\n')}${rest === '' ? '' : `\n${rest}`}` }
}

function tomlOf(entry: ServerEntry): string {
  const rows =
    'command' in entry
      ? [`command = ${JSON.stringify(entry.command)}`, `args = ${JSON.stringify(entry.args)}`]
      : [
          `url = ${JSON.stringify(entry.url)}`,
          ...(entry.token === null
            ? []
            : [`http_headers = { Authorization = ${JSON.stringify(`Bearer ${entry.token}`)} }`]),
        ]
  return [`[mcp_servers.${NAME}]`, ...rows, ''].join('\n')
}
