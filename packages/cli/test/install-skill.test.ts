import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readArguments } from '@hotcb/commands'
import { expect, test } from 'vitest'
import { TOOLS } from '../../mcp/src/tools/index.ts'
import { AGENT_GUIDE, AGENT_SKILL } from '../src/commands/agents/skill/agent-guide.ts'
import { addToJson, addToToml } from '../src/commands/agents/skill/server-entry.ts'
import { findTyped } from '../src/parse/command-words.ts'
import { loadCommand } from '../src/parse/load-command.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

const ENTRY = { command: 'npx', args: ['hotcb', 'mcp', '--root', '/runs'] }

test('AGENTS.md in the published package is the same guide as in the skill', async () => {
  const page = fileURLToPath(new URL('../../../apps/cli/AGENTS.md', import.meta.url))
  await expect(AGENT_GUIDE).toMatchFileSnapshot(page)
})

test('the command line accepts the flags and words of each command in the guide', async () => {
  const blocks = [...AGENT_GUIDE.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, text = '']) => text.trim().split('\n'))
  expect(blocks.length).toBeGreaterThan(10)
  for (const line of blocks) {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    const { path, leaf, tokens } = findTyped(words.slice(1))
    if (leaf === undefined) throw new Error(line)
    const { args } = await loadCommand(path, leaf)
    expect(() => readArguments(args, tokens), line).not.toThrow()
  }
})

test('commands and tools that the texts for agents name exist', () => {
  const docs = readFileSync(fileURLToPath(new URL('../../../docs/agents.md', import.meta.url)), 'utf8')
  const [tools = ''] = docs.split('## On the command line')
  const named = [...tools.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, name]) => name)
  const known = new Set([...TOOLS.map(({ name }) => name), 'diagnose_run', 'plan_sweep'])
  expect(named.filter((name) => name !== undefined && !known.has(name))).toEqual([])
  const missing = TOOLS.map(({ name }) => name).filter((name) => !named.includes(name))
  expect(missing).toEqual([])
})

test('it installs a skill and an MCP server for each agent, and a second call changes nothing', async () => {
  const cwd = temporaryDirectory()
  const install = () => hotcb(['install-skill', 'claude', 'codex', 'cursor', '--root', 'runs', '--json'], { cwd })
  const first = JSON.parse((await install()).out)
  expect(first.files).toHaveLength(6)
  for (const path of ['.claude/skills', '.agents/skills', '.cursor/skills']) {
    expect(readFileSync(join(cwd, path, 'hotcb/SKILL.md'), 'utf8')).toBe(AGENT_SKILL.text)
  }
  const args = ['hotcb', 'mcp', '--root', join(cwd, 'runs')]
  for (const path of ['.mcp.json', '.cursor/mcp.json']) {
    const file = JSON.parse(readFileSync(join(cwd, path), 'utf8'))
    expect(file).toEqual({ mcpServers: { hotcb: { command: 'npx', args } } })
  }
  expect(readFileSync(join(cwd, '.codex/config.toml'), 'utf8')).toContain('[mcp_servers.hotcb]\ncommand = "npx"\n')
  const second = JSON.parse((await install()).out)
  expect(second.files.every(({ written }: { written: boolean }) => !written)).toBe(true)
})

test("another program's file is refused before anything is written, and replaced only with `--force`", async () => {
  const cwd = temporaryDirectory()
  mkdirSync(join(cwd, '.cursor/skills/hotcb'), { recursive: true })
  writeFileSync(join(cwd, '.cursor/skills/hotcb/SKILL.md'), 'mine')
  const refused = await hotcb(['install-skill', 'claude', 'cursor'], { cwd })
  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('exists and differs') })
  expect(existsSync(join(cwd, '.claude'))).toBe(false)
  writeFileSync(join(cwd, '.mcp.json'), '{"mcpServers":{"hotcb":{"command":"other"},"x":{"command":"y"}},"more":1}')
  expect(await hotcb(['install-skill', 'claude'], { cwd })).toMatchObject({
    code: 1,
    err: expect.stringContaining('a different MCP server named `hotcb` already exists'),
  })
  expect((await hotcb(['install-skill', 'claude', 'cursor', '-f'], { cwd })).code).toBe(0)
  const file = JSON.parse(readFileSync(join(cwd, '.mcp.json'), 'utf8'))
  expect(file).toMatchObject({ more: 1, mcpServers: { x: { command: 'y' }, hotcb: { command: 'npx' } } })
  expect(readFileSync(join(cwd, '.cursor/skills/hotcb/SKILL.md'), 'utf8')).toBe(AGENT_SKILL.text)
})

test('an unreadable server file is left unchanged, even with `--force`', () => {
  for (const text of ['{', '[]', '{"mcpServers":1}']) {
    expect(addToJson(text, ENTRY, true)).toMatchObject({ ok: false })
  }
})

test("in a TOML file only hotcb's table is replaced", () => {
  const before =
    'model = "x"\n\n[mcp_servers.hotcb]\ncommand = "old"\n[mcp_servers.hotcb.env]\nA = "1"\n\n[other]\nb = 2\n'
  expect(addToToml(before, ENTRY, false)).toMatchObject({ ok: false })
  const replaced = addToToml(before, ENTRY, true)
  const table = '[mcp_servers.hotcb]\ncommand = "npx"\nargs = ["hotcb","mcp","--root","/runs"]\n'
  expect(replaced).toEqual({ ok: true, value: `model = "x"\n\n${table}\n[other]\nb = 2\n` })
  const added = addToToml('[other]\nb = 2\n', ENTRY, false)
  expect(added).toEqual({ ok: true, value: `[other]\nb = 2\n\n${table}` })
  if (added.ok) expect(addToToml(added.value, ENTRY, false)).toEqual(added)
})
