import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { HOSTILE, HOSTILE_NAME, writeHostileRun } from '../../../packages/cli/test/hostile-run.ts'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { buildPrograms, HOTCB, inTerminal, RUNTIMECTL } from './built-program.ts'

beforeAll(buildPrograms)

const PATIENCE = { timeout: 300_000 }
const OBEYED = /(?!\n)[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u

/** Runs a program in a terminal and with a pipe, each time in a new directory, which `arrange` creates. */
async function expectClean(program: string, arrange: (parent: string) => readonly string[]): Promise<string> {
  const [shown, piped] = await Promise.all([
    inTerminal(program, arrange(temporary())),
    inPipe([program, ...arrange(temporary())]),
  ])
  expect(piped).not.toMatch(OBEYED)
  expectOwnControls(shown.out)
  return piped
}

function expectOwnControls(shown: string): void {
  const text = shown.replaceAll('\r', '')
  expect(text.replace(OWN_CONTROLS, '')).not.toMatch(OBEYED)
  expect(text).not.toContain('A\u001B')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const OWN_CONTROLS = /\u001B\[(?:(?:0|1|2|22|31|32|33|36|39)m|G|K)/g

async function inPipe(words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, words)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (more) => (text += more))
  await once(child, 'close')
  return text
}

function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-hostile-'))
  onTestFinished(() => removeDirectory(dir))
  return dir
}

test.each([
  'export metrics',
  'export metrics --format H',
  'export metrics --format jsonl --out PARENT/H',
  'cache clear',
  'demo --max-steps 3 --no-serve',
  'demo --continue --no-serve',
  'launch --resume PARENT/H --no-serve',
  'launch --train-fn H',
])('`hotcb %s` prints no control characters from a file', PATIENCE, async (line) => {
  const said = await expectClean(HOTCB, (parent) => {
    const dir = writeHostileRun(parent)
    const words = line.split(' ').map((word) => word.replace('PARENT', parent).replace(/\bH\b/, () => HOSTILE_NAME))
    return ['--dir', dir, ...words]
  })
  if (line !== 'cache clear') expect(said).toContain('\uFFFD[31mB')
})

test(
  'the demo reports applied, refused and failed changes without the control characters in the names of their authors',
  PATIENCE,
  async () => {
    const said = await expectClean(HOTCB, (parent) => {
      const dir = join(parent, HOSTILE_NAME)
      mkdirSync(dir)
      const asked = { source: HOSTILE, author: HOSTILE, note: HOSTILE }
      const commands = [
        { ...asked, cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.01 } },
        { ...asked, cid: 'b', module: 'opt', op: 'set_params', params: { [HOSTILE]: HOSTILE } },
        { ...asked, cid: 'c', module: HOSTILE, op: HOSTILE, id: HOSTILE },
        { ...asked, cid: 'd', module: 'cb', op: 'load', id: HOSTILE, target: { kind: 'file', path: HOSTILE_NAME } },
      ]
      const lines = [...commands.map((command) => JSON.stringify(command)), HOSTILE.replaceAll('\n', ' ')]
      writeFileSync(join(dir, 'hotcb.commands.jsonl'), lines.map((text) => `${text}\n`).join(''))
      writeFileSync(join(dir, 'hotcb.yaml'), `${HOSTILE}: [\n`)
      return ['--dir', dir, 'demo', '--max-steps', '30', '--no-serve']
    })
    expect(said).toContain('lr 0.05 -> 0.01   (A\uFFFD[31mB')
  },
)

test('`hotcb serve` prints no control characters from a run, a path or a request', PATIENCE, async () => {
  const parent = temporary()
  writeHostileRun(parent)
  const child: ChildProcess = spawn(process.execPath, [HOTCB, 'serve', '--root', parent, '--port', '0'])
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (more) => (said += more))
  await expect.poll(() => said).toContain('\n')
  const [address = ''] = said.split('\n')
  const { runs } = (await (await fetch(`${address}api/runs`)).json()) as { runs: { id: string }[] }
  expect(runs).toHaveLength(1)
  const paths = ['', '/status', '/ledger', '/metrics', '/log', '/%1b%5b31m%0aforged', '/metrics.csv', '/features']
  for (const path of paths) await (await fetch(`${address}api/runs/${runs[0]?.id}${path}`)).text()
  child.kill('SIGINT')
  await once(child, 'close')
  expect(said).not.toMatch(OBEYED)
})

test.each(['status', 'list', 'H 1', 'nosuch H --wait 0.1'])(
  '`runtimectl %s` prints no control characters from a queue, and its JSON keeps the values',
  PATIENCE,
  async (line) => {
    const said = await expectClean(RUNTIMECTL, (parent) => {
      const queue = join(parent, HOSTILE_NAME)
      mkdirSync(queue)
      const ack = JSON.stringify({ id: HOSTILE, status: HOSTILE, error: HOSTILE, path: HOSTILE })
      writeFileSync(join(queue, 'acks.jsonl'), `${ack}\n${HOSTILE.replaceAll('\n', ' ')}\n`)
      const controls = [{ path: HOSTILE, description: HOSTILE, checked: null, again: true }]
      writeFileSync(join(queue, 'registry.json'), JSON.stringify({ version: 1, holder: HOSTILE, ts: 1, controls }))
      return ['-q', queue, ...line.split(' ').map((word) => word.replace(/^H$/, () => HOSTILE_NAME))]
    })
    if (line === 'status') expect(JSON.parse(said)).toMatchObject({ last_acks: [{ status: HOSTILE }] })
    if (line === 'H 1') expect(JSON.parse(said.split('\n')[0] ?? '')).toMatchObject({ path: HOSTILE_NAME, args: [1] })
  },
)
