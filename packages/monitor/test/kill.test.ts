import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSpendingFold } from '@hotcb/llm'
import { readSweepStatus, runSweep } from '@hotcb/sweep/node'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addToInbox, answerProposal, requestAct } from '../src/node.ts'
import { pointedAt, type ScriptedModel, scriptedModel } from './scripted-model.ts'
import { sweep, type TestSweep } from './sweeps.ts'

const home = mkdtempSync(join(tmpdir(), 'monitor-kill-'))
const program = join(home, 'monitor.mjs')

beforeAll(() => {
  buildSync({
    entryPoints: [fileURLToPath(new URL('programs/monitor.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@hotcb/source'],
    external: ['discord.js', '@slack/*', 'nodemailer'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
})

afterAll(() => rmSync(home, { recursive: true, force: true }))

interface Ended {
  readonly signal: string | null
  readonly out: string
  readonly err: string
}

function tick({ root, env }: TestSweep, crashAt = ''): Promise<Ended> {
  const child = spawn(process.execPath, [program, root, 'user_message'], {
    env: { ...process.env, ...env, HOTCB_CRASH_AT: crashAt },
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (piece) => {
    out += String(piece)
  })
  child.stderr.on('data', (piece) => {
    err += String(piece)
  })
  return new Promise((resolve) => child.on('close', (_, signal) => resolve({ signal, out, err })))
}

const LAUNCHER = `echo "$HYPERHERD_TRIAL_ID-$HYPERHERD_ATTEMPT" >> ran
if [ "$HYPERHERD_TRIAL_ID$HYPERHERD_ATTEMPT" = 11 ]; then log_result loss 0.6 1; echo "ValueError: bad" >&2; exit 1; fi
log_result loss 0.5 1`

/** A sweep with a failure to triage, an approval in the inbox, and a model that starts the trials that are ready. */
async function story(): Promise<{ readonly one: TestSweep; readonly model: ScriptedModel }> {
  let asksFirst = true
  const model = await scriptedModel(({ text }) => {
    if (text.includes('Results.')) return {}
    if (asksFirst) {
      asksFirst = false
      return {
        calls: [['propose', { tool: 'run_indices', arguments: { indices: [0], force: true }, reason: 'again' }]],
      }
    }
    if (!/"index":3,"experiment_name":"[^"]*","state":"ready"/.test(text)) return {}
    return {
      calls: [
        ['run_indices', { indices: [3], reason: 'next' }],
        ['msg', { text: 'trial 3 comes next' }],
      ],
    }
  })
  const one = sweep(LAUNCHER, { monitor: pointedAt(model) })
  await runSweep(one.workspace, { indices: '0,2' })
  await one.drive()
  await tick(one)
  await runSweep(one.workspace, { indices: '1' })
  await one.drive()
  const log = readFileSync(join(one.root, '.hyperherd/agent_log.jsonl'), 'utf8')
  const [, id] = /"event":"proposal","tick":1,"id":"([^"]+)"/.exec(log) ?? []
  addToInbox(join(one.root, '.hyperherd'), {
    timestamp: 't',
    source: 'cli',
    author: 'ada',
    text: `/approve ${id}`,
    isOperator: true,
  })
  return { one, model }
}

const POINTS = [
  'tick-begun',
  'act-intended',
  'act-done',
  'act-intended#2',
  'act-done#2',
  'act-intended#3',
  'act-done#3',
  'append#2',
  'appended#2',
  'append#4',
  'appended#4',
  'claim-release#2',
  'claim-release#3',
  'triaged',
  'reserved',
  'answered',
  'settled',
  'reserved#2',
  'answered#2',
  'settled#2',
  'tick-asked',
  'tick-recorded',
]

test.each(POINTS)(
  'after a monitor is killed at %s, the next one does everything that is left, and repeats nothing',
  async (point) => {
    const { one, model } = await story()
    const killed = await tick(one, point)
    expect([killed.signal, killed.err]).toEqual(['SIGKILL', ''])
    const next = await tick(one)
    expect([next.signal, next.err]).toEqual([null, ''])
    await one.drive()
    await tick(one)
    const ran = readFileSync(join(one.root, 'ran'), 'utf8').trim().split('\n').sort()
    expect(ran).toEqual(['0-1', '0-2', '1-1', '1-2', '2-1', '3-1'])
    const { trials } = await readSweepStatus(one.workspace)
    expect(trials.map(({ state }) => state)).toEqual(Array(4).fill('completed'))
    const lines = readFileSync(join(one.root, '.hyperherd/agent_log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const of = (phase: string): readonly string[] =>
      lines
        .filter((line) => line.phase === phase && line.id !== undefined)
        .map(({ id }) => id)
        .sort()
    expect(of('intent')).toEqual(of('done'))
    expect(lines.filter(({ phase, ok }) => phase === 'done' && ok === false)).toEqual([])
    const said = `${killed.out}${next.out}`.split('\n').filter((line) => line.includes('trial 3 comes next'))
    expect(said.length).toBeLessThanOrEqual(1)
    expect(spentIn(one)).toEqual({ settled: expect.any(Number), open: expect.any(Number) })
    const { settled, open } = spentIn(one)
    // Each call to the server is settled, or its reservation remains.
    expect(settled + open).toBeGreaterThanOrEqual(model.used.input * 2000 + model.used.output * 10_000)
    if (open === 0) expect(settled).toBe(model.used.input * 2000 + model.used.output * 10_000)
  },
)

test.each(['request-judged', 'request-proposed', 'act-intended', 'act-done'])(
  "if a monitor is killed at %s, an agent's request is still proposed once and carried out once",
  async (point) => {
    const model = await scriptedModel(() => ({}))
    const one = sweep('echo "$HYPERHERD_TRIAL_ID-$HYPERHERD_ATTEMPT" >> ran', { trials: 2, monitor: pointedAt(model) })
    await one.finish()
    const again = { tool: 'run_indices', args: { indices: [0], force: true }, reason: 'again' }
    const { id } = await requestAct(one.workspace, { ...again, source: 'mcp', author: 'claude', nowMs: Date.now() })
    answerProposal(one.workspace.paths, { id, verdict: 'approved', by: 'ada', nowMs: Date.now() })
    expect((await tick(one, point)).signal).toBe('SIGKILL')
    expect(await tick(one)).toMatchObject({ signal: null, err: '' })
    await tick(one)
    await one.drive()
    expect(readFileSync(join(one.root, 'ran'), 'utf8').trim().split('\n').sort()).toEqual(['0-1', '0-2', '1-1'])
    const log = readFileSync(join(one.root, '.hyperherd/agent_log.jsonl'), 'utf8').trim().split('\n')
    const phases = log.map((line) => JSON.parse(line)).filter((line) => line.id === id)
    expect(phases.map(({ phase }) => phase)).toEqual(['proposal', 'intent', 'done'])
  },
)

function spentIn({ root }: TestSweep): { readonly settled: number; readonly open: number } {
  const fold = createSpendingFold()
  for (const line of readFileSync(join(root, '.hyperherd/spend.jsonl'), 'utf8').trim().split('\n'))
    fold.take(JSON.parse(line))
  const { nano, reserved } = fold.totals('monitor', 0)
  return { settled: nano - reserved, open: reserved }
}
