import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRights } from '../src/commands/agents/load-mcp.ts'
import { openMcpPort } from '../src/commands/agents/mcp-port.ts'
import { createMcpService } from '../src/commands/agents/mcp-service.ts'
import type { CliContext } from '../src/context.ts'
import { runHere } from './here.ts'
import { temporaryDirectory } from './hotcb.ts'

interface Asked {
  readonly words: readonly string[]
  readonly sender: unknown
}

/** The parts of a context that the port uses. The command lines are added to `asked`. */
function context(asked: Asked[] = []): Pick<CliContext, 'ports' | 'env' | 'runLine'> {
  return {
    ports: { version: '1.2.3' },
    env: { USER: 'ann' },
    runLine: async (words, ports, terminal) => {
      asked.push({ words, sender: ports.sender })
      terminal.out('first\tline\r\n')
      terminal.json({ a: 1 })
      terminal.page('a\nb')
      terminal.err('wrong\nhere')
      terminal.report({ note: 'x' })
      return terminal.isTerminal || terminal.colour || !terminal.unicode || terminal.columns() !== 120 ? 2 : 1
    },
  }
}

test('a command line runs with the agent as the sender, and its output is kept', async () => {
  const asked: Asked[] = []
  const port = openMcpPort({ roots: [temporaryDirectory()], rights: ['propose'], context: context(asked) })
  expect({ version: port.version, rights: port.rights }).toEqual({ version: '1.2.3', rights: ['propose'] })
  expect(await port.run(['status'])).toEqual({
    exitCode: 1,
    output: 'first line  \n{"a":1}\na\nb',
    errors: 'wrong here\n{"note":"x"}',
  })
  const other = openMcpPort({ roots: [], rights: [], context: context(asked), author: 'bob' })
  await other.run(['log', '-n1'])
  expect(asked).toEqual([
    { words: ['status'], sender: { source: 'mcp', author: 'ann' } },
    { words: ['log', '-n1'], sender: { source: 'mcp', author: 'bob' } },
  ])
})

test('paths are resolved below the roots, and links cannot lead out of them', () => {
  const [one, two, out] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()]
  mkdirSync(join(one, 'a'))
  mkdirSync(join(two, 'b'))
  mkdirSync(join(two, '..b'))
  symlinkSync(out, join(one, 'link'))
  symlinkSync(join(two, 'b'), join(one, 'within'))
  const port = openMcpPort({ roots: [one, two], rights: [], context: context() })
  expect(port.roots).toEqual([one, two])
  expect(port.locate('a')).toBe(join(one, 'a'))
  expect(port.locate('b')).toBe(join(two, 'b'))
  expect(port.locate('..b')).toBe(join(two, '..b'))
  expect(port.locate('.')).toBe(one)
  expect(port.locate('within')).toBe(join(two, 'b'))
  expect(port.locate(join(two, 'b'))).toBe(join(two, 'b'))
  for (const path of ['link', '..', out, 'nowhere', join(one, '../x'), `${one}x`]) {
    expect(() => port.locate(path), path).toThrow(
      `${JSON.stringify(path)} was not found below ${one}, ${two}; \`list_runs\` shows the runs`,
    )
  }
})

test('a root must be a directory', () => {
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'file'), '')
  for (const root of [join(dir, 'file'), join(dir, 'none')]) {
    expect(() => openMcpPort({ roots: [root], rights: [], context: context() })).toThrow(
      `--root must be a directory, got ${JSON.stringify(root)}`,
    )
  }
})

test('rights are read from words', async () => {
  expect(await readRights('')).toEqual([])
  expect(await readRights('propose,control,,sweep')).toEqual(['propose', 'control', 'sweep'])
  await expect(readRights('all')).rejects.toThrow('--allow must be a list of propose, control, sweep, got "all"')
})

test("a dashboard's service is opened at the first request", async () => {
  const service = createMcpService({ roots: [temporaryDirectory()], allow: [], context: context() })
  expect(service.sessions()).toEqual([])
  service.revoke('x')
  await service.close()
  const request = new Request('http://localhost/mcp', { method: 'GET' })
  const answer = await service.fetch(request, { user: null, rights: [] } as never)
  expect(answer.status).toBe(405)
  expect(service.sessions()).toMatchObject([{ user: null, rights: [], requests: 1, isRevoked: false }])
  await service.close()
})

test('`mcp` has no JSON, and refuses unknown rights and roots', async () => {
  const cwd = temporaryDirectory()
  const run = (line: string) => runHere(['mcp', ...line.split(' ')], { cwd })
  expect(await run('--allow all')).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: --allow must be a list of propose, control, sweep, got "all"\n',
  })
  expect(await run('--root none')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: --root must be a directory, got "none"\n',
  })
  const json = await run('--json')
  expect(JSON.parse(json.err)).toMatchObject({
    error: '`mcp` speaks the Model Context Protocol; it has no `--json`',
    exit_code: 2,
  })
})
