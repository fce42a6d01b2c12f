import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { TokenFiles } from '../src/context.ts'
import { runHere } from './here.ts'
import { temporaryDirectory } from './hotcb.ts'

/** Token files that contain the names of their users, one per line. */
const FILES: TokenFiles = {
  addToken: (path, user, role) => {
    if (path.endsWith('broken.json')) throw new Error('`broken.json` is not a token file')
    writeFileSync(path, `${existsSync(path) ? readFileSync(path, 'utf8') : ''}${user}\n`)
    return { token: `${role}-of-${user}`, isReplaced: false }
  },
  listTokens: (path) =>
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((user) => ({ user, role: 'viewer', made: '' })),
  removeToken: () => {},
}

/** Runs the command. In its output the directory is `HERE`. */
async function install(cwd: string, line: string, home = cwd) {
  const { code, out, err } = await runHere(['install-skill', ...line.split(' ').filter(Boolean)], {
    cwd,
    env: { HOME: home },
    ports: { tokens: () => Promise.resolve(FILES) },
  })
  const shown = (text: string): string => text.replaceAll(home, 'HOME').replaceAll(cwd, 'HERE')
  return { code, out: shown(out), err: shown(err) }
}

test.each<[string, string]>([
  ['vscode', 'AGENT must be one of claude, codex, cursor, got "vscode"'],
  ['--tokens t.json', '`--tokens` requires `--url`'],
  [
    '--url http://a --root x',
    '`--root` and `--allow` apply to `hotcb mcp`; the dashboard at `--url` has its own settings',
  ],
  [
    '--url http://a --allow all',
    '`--root` and `--allow` apply to `hotcb mcp`; the dashboard at `--url` has its own settings',
  ],
  ['--url ftp://a', '--url must be an address such as http://127.0.0.1:8421, got "ftp://a"'],
  ['--url http://', '--url must be an address such as http://127.0.0.1:8421, got "http://"'],
  ['--url xhttp://a', '--url must be an address such as http://127.0.0.1:8421, got "xhttp://a"'],
])('`install-skill %s` is refused, and nothing is written', async (line, message) => {
  const cwd = temporaryDirectory()
  expect(await install(cwd, line)).toEqual({ code: 2, out: '', err: `hotcb: ${message}\n` })
  expect(existsSync(join(cwd, '.claude'))).toBe(false)
})

test('without agents it installs for Claude Code, and the second time reports that all is up to date', async () => {
  const cwd = temporaryDirectory()
  expect(await install(cwd, '')).toEqual({
    code: 0,
    out: 'Installed Claude Code, skill: HOME/.claude/skills/hotcb/SKILL.md\nInstalled Claude Code, MCP server: HOME/.mcp.json\n',
    err: '',
  })
  expect(await install(cwd, 'claude claude')).toEqual({
    code: 0,
    out: 'Claude Code, skill: HOME/.claude/skills/hotcb/SKILL.md is up to date\nClaude Code, MCP server: HOME/.mcp.json is up to date\n',
    err: '',
  })
  expect(JSON.parse(readFileSync(join(cwd, '.mcp.json'), 'utf8'))).toEqual({
    mcpServers: { hotcb: { command: 'npx', args: ['hotcb', 'mcp', '--root', cwd] } },
  })
})

test('`--no-mcp` installs only skills, and `--allow` is written into the entry', async () => {
  const cwd = temporaryDirectory()
  expect((await install(cwd, 'codex --no-mcp')).out).toBe(
    'Installed Codex, skill: HOME/.agents/skills/hotcb/SKILL.md\n',
  )
  expect(existsSync(join(cwd, '.codex'))).toBe(false)
  await install(cwd, 'claude --allow control --root a')
  expect(JSON.parse(readFileSync(join(cwd, '.mcp.json'), 'utf8')).mcpServers.hotcb.args).toEqual([
    'hotcb',
    'mcp',
    '--root',
    join(cwd, 'a'),
    '--allow',
    'control',
  ])
})

test('for all projects, files are in the home directory, and the line for Claude Code is printed', async () => {
  const cwd = temporaryDirectory()
  const home = temporaryDirectory()
  expect(await install(cwd, 'claude cursor --scope user', home)).toEqual({
    code: 0,
    out: [
      'Installed Claude Code, skill: HOME/.claude/skills/hotcb/SKILL.md',
      'Installed Cursor, skill: HOME/.cursor/skills/hotcb/SKILL.md',
      'Installed Cursor, MCP server: HOME/.cursor/mcp.json',
      '',
    ].join('\n'),
    err: 'for all projects, type: claude mcp add --scope user hotcb -- npx hotcb mcp --root HERE\n',
  })
  expect((await install(cwd, 'cursor --scope user', home)).err).toBe('')
  expect((await install(cwd, 'claude --scope user --url http://127.0.0.1:8421/', home)).err).toBe(
    'for all projects, type: claude mcp add --scope user --transport http hotcb http://127.0.0.1:8421/mcp\n',
  )
})

test.each([
  ['http://127.0.0.1:8421', 'http://127.0.0.1:8421/mcp'],
  ['https://ann:pw@host/base/?token=abc#x', 'https://host/base/mcp'],
  ['http://host/base/mcp', 'http://host/base/mcp'],
])('the entry for the dashboard %s has no token', async (typed, url) => {
  const cwd = temporaryDirectory()
  expect((await install(cwd, `cursor --url ${typed}`)).code).toBe(0)
  const path = join(cwd, '.cursor/mcp.json')
  expect(JSON.parse(readFileSync(path, 'utf8')).mcpServers.hotcb).toEqual({ type: 'http', url })
  expect(statSync(path).mode & 0o077).not.toBe(0)
})

test('with `--tokens`, each agent gets its token, in a file that only its owner can read', async () => {
  const cwd = temporaryDirectory()
  const line = 'claude cursor --url http://host --tokens t.json'
  const first = await install(cwd, `${line} --json`)
  expect({ ...first, out: JSON.parse(first.out) }).toEqual({
    code: 0,
    out: {
      version: 1,
      files: [
        {
          agent: 'claude',
          kind: 'skill',
          path: 'HOME/.claude/skills/hotcb/SKILL.md',
          written: true,
        },
        {
          agent: 'claude',
          kind: 'server',
          path: 'HOME/.mcp.json',
          written: true,
        },
        {
          agent: 'cursor',
          kind: 'skill',
          path: 'HOME/.cursor/skills/hotcb/SKILL.md',
          written: true,
        },
        {
          agent: 'cursor',
          kind: 'server',
          path: 'HOME/.cursor/mcp.json',
          written: true,
        },
      ],
    },
    err: '',
  })
  const path = join(cwd, '.cursor/mcp.json')
  expect(JSON.parse(readFileSync(path, 'utf8')).mcpServers.hotcb).toEqual({
    type: 'http',
    url: 'http://host/mcp',
    headers: { Authorization: 'Bearer viewer-of-agent-cursor' },
  })
  expect(statSync(path).mode & 0o077).toBe(0)
  expect(readFileSync(join(cwd, 't.json'), 'utf8')).toBe('agent-claude\nagent-cursor\n')
  expect(await install(cwd, `codex cursor --url http://host --tokens t.json`)).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: `HOME/.cursor/mcp.json`: a different MCP server named `hotcb` already exists; use `--force` to replace it\n',
  })
  const forced = await install(cwd, `cursor --url http://host --tokens t.json --force`)
  expect(forced).toEqual({
    code: 0,
    out: 'Cursor, skill: HOME/.cursor/skills/hotcb/SKILL.md is up to date\nCursor, MCP server: HOME/.cursor/mcp.json is up to date\n',
    err: 'the MCP entry contains a token: keep its file out of version control\n',
  })
  expect((await install(cwd, 'claude --scope user --url http://host --tokens t2.json')).err).toEqual(
    'the MCP entry contains a token: keep its file out of version control\nfor all projects, type: claude mcp add --scope user --transport http hotcb http://host/mcp --header "Authorization: Bearer viewer-of-agent-claude"\n',
  )
  expect(await install(cwd, 'codex --url http://host --tokens broken.json')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: `broken.json` is not a token file\n',
  })
  const none = await runHere(['install-skill', 'codex', '--url', 'http://host', '--tokens', 't3.json'], { cwd })
  expect(none).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: this program was built without the dashboard; use `npx hotcb`, which includes it\n',
  })
})
