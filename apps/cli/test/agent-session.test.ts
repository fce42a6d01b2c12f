import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { buildPrograms, HOTCB } from './built-program.ts'

beforeAll(buildPrograms)

const GUIDE = readFileSync(fileURLToPath(new URL('../AGENTS.md', import.meta.url)), 'utf8')
const { HOTCB_DIR: _, HOTCB_TOKEN: __, HOTCB_TOKENS: ___, ...ENV } = process.env
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

/** An empty directory, and a PATH that contains `hotcb`. */
function newcomer() {
  const cwd = mkdtempSync(join(tmpdir(), 'hotcb-agent-'))
  onTestFinished(() => removeDirectory(cwd))
  const bin = join(cwd, '.bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'hotcb'), `#!/bin/sh\nexec '${process.execPath}' '${HOTCB}' "$@"\n`)
  chmodSync(join(bin, 'hotcb'), 0o755)
  const env = { ...ENV, PATH: `${bin}:${ENV['PATH'] ?? ''}`, HOME: cwd }
  return {
    cwd,
    start(line: string): void {
      children.push(spawn('sh', ['-c', `exec ${line}`], { cwd, env, stdio: 'ignore' }))
    },
    type(line: string): { readonly code: number | null; readonly out: string; readonly err: string } {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8' })
      return { code: status, out: stdout, err: stderr }
    },
  }
}

/** Returns the line of AGENTS.md that begins with a text. */
function line(start: string): string {
  const found = GUIDE.split('\n').find((one) => one.startsWith(start))
  if (found === undefined) throw new Error(`AGENTS.md has no line that begins with ${start}`)
  return found
}

/** The line with a time limit that a busy machine keeps to. */
function patiently(command: string): string {
  return command.replace(/--wait(?!=)/, '--wait=300')
}

/** Problems except overfitting, which a run shows that trains for a while before a busy machine reads the page. */
function withoutOverfitting({ problems }: Page): Page['problems'] {
  return problems.filter(({ kind }) => kind !== 'overfits')
}

type Newcomer = ReturnType<typeof newcomer>

/** Repeats `explain --json` until its answer satisfies `fits`, as an agent does while it waits. */
async function explained(agent: Newcomer, fits: (page: Page) => boolean): Promise<Page> {
  for (let tries = 0; ; tries++) {
    const { out } = agent.type(`${line('hotcb --dir runs/a explain')} --json`)
    const page: Page = JSON.parse(out)
    if (fits(page)) return page
    if (tries > 200) throw new Error(`the answer of explain never matched: ${out}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

interface Page {
  readonly status: { readonly trainer: { readonly alive: boolean; readonly step: number } }
  readonly problems: readonly { readonly metric: string; readonly kind: string; readonly last_good_step: number }[]
  readonly rollback: { readonly tag: string; readonly step: number } | null
  readonly metrics: readonly { readonly name: string; readonly course: string }[]
  readonly changes: readonly {
    readonly what: string
    readonly why: string
    readonly seq: number
    readonly step: number
  }[]
}

test('with AGENTS.md alone, an agent starts a run, detects that it diverges, rolls it back, lowers the rate and reports it', async () => {
  const agent = newcomer()
  agent.start(line('hotcb demo'))
  while (!agent.type('hotcb runs').out.includes('runs/a')) await new Promise((resolve) => setTimeout(resolve, 100))
  // The run is listed before its trainer has started.
  await explained(agent, ({ status }) => status.trainer.alive)
  expect(agent.type(line('hotcb --dir runs/a checkpoint save start'))).toMatchObject({ code: 0 })
  for (const look of ['hotcb runs', 'hotcb --dir runs/a status', 'hotcb --dir runs/a get', 'hotcb --dir runs/a log']) {
    expect(agent.type(line(look)), look).toMatchObject({ code: 0, err: '' })
  }
  const healthy = await explained(agent, ({ status }) => status.trainer.step > 400)
  expect(healthy).toMatchObject({ rollback: null, status: { trainer: { alive: true } } })
  expect(withoutOverfitting(healthy)).toEqual([])

  expect(agent.type(patiently(line('hotcb --dir runs/a set lr=1 ')))).toMatchObject({ code: 0 })
  const broken = await explained(agent, ({ problems }) => problems.some(({ metric }) => metric === 'val_loss'))
  expect(broken.problems.find(({ metric }) => metric === 'val_loss')).toMatchObject({ kind: 'diverges' })
  const change = broken.changes.find(({ what }) => what.includes('lr') && what.includes('→ 1'))
  expect(change).toMatchObject({ why: 'try a high rate' })
  // Automatic checkpoints are replaced while the run continues, so the page may name a different one a moment later.
  expect(broken.rollback?.step).toBeLessThan(change?.step ?? 0)
  expect(agent.type(line('hotcb --dir runs/a explain')).out).toMatch(
    /go back to it with `hotcb checkpoint load [\w-]+`/,
  )

  expect(agent.type(patiently(line('hotcb --dir runs/a checkpoint load start')))).toMatchObject({ code: 0 })
  const restored = await explained(agent, () => true)
  expect(JSON.parse(agent.type(line('hotcb --dir runs/a get lr')).out).value).not.toBe(1)
  expect(agent.type(patiently(line('hotcb --dir runs/a set lr=0.02')))).toMatchObject({ code: 0 })
  const from = restored.status.trainer.step + 300
  const mended = await explained(agent, ({ status }) => status.trainer.step > from)
  expect(withoutOverfitting(mended)).toEqual([])

  const report = agent.type(line('hotcb --dir runs/a explain')).out
  expect(report).toMatch(/problems\n {2}(none|val_loss {2,}overfits)/)
  expect(report).toContain('1 was too high')
  const ledger = agent.type('hotcb --dir runs/a log --json').out
  expect(ledger).toContain('val_loss diverges since lr=1')
  expect(agent.type(patiently(line('hotcb --dir runs/a stop')))).toMatchObject({ code: 0 })
})

test('`install-skill` for a dashboard writes its own token, which can only read and can be revoked', () => {
  const agent = newcomer()
  const owner = agent.type('hotcb serve token add olga --role owner --tokens team.json').out.trim()
  const install = `hotcb install-skill claude --url "http://127.0.0.1:8421/#token=${owner}" --tokens team.json`
  expect(agent.type(install)).toMatchObject({ code: 0, err: expect.stringContaining('keep its file out') })
  const text = readFileSync(join(agent.cwd, '.mcp.json'), 'utf8')
  expect(statSync(join(agent.cwd, '.mcp.json')).mode & 0o777).toBe(0o600)
  expect(text).not.toContain(owner)
  expect(JSON.parse(text).mcpServers.hotcb).toEqual({
    type: 'http',
    url: 'http://127.0.0.1:8421/mcp',
    headers: { Authorization: expect.stringMatching(/^Bearer [\w-]{32}$/) },
  })
  expect(agent.type('hotcb serve token list --tokens team.json').out).toMatch(/^agent-claude {2}viewer /m)
  expect(agent.type(install)).toMatchObject({
    code: 1,
    err: expect.stringContaining('a different MCP server named `hotcb` already exists'),
  })
  expect(readFileSync(join(agent.cwd, '.mcp.json'), 'utf8')).toBe(text)
  expect(agent.type('hotcb serve token remove agent-claude --tokens team.json').code).toBe(0)
})
