import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { buildPrograms } from './built-program.ts'
import { linesOf, startLaunch } from './launched.ts'

beforeAll(buildPrograms)

function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-launch-'))
  onTestFinished(() => removeDirectory(dir))
  return dir
}

test('launch trains in its own process, stores its output, and reports how it ended', async () => {
  const cwd = home()
  const { code, out } = await startLaunch(
    cwd,
    '--config',
    'simple',
    '--max-steps',
    '20',
    '--step-delay',
    '0',
    '--no-serve',
  ).ended
  expect(out).toMatch(/^Training in runs\/simple-001, process \d+; its output is in runs\/simple-001\/hotcb\.out$/m)
  expect(out).toMatch(/^Done at step 20: val_loss \d/m)
  expect(code).toBe(0)
  const run = join(cwd, 'runs/simple-001')
  expect(readFileSync(join(run, 'hotcb.out'), 'utf8')).toMatch(/^Done: .* test digits correct/m)
  expect(linesOf(run, 'metrics').map(({ step }) => step)).toEqual([...Array(20).keys()])
  const ended = linesOf(run, 'launch').find(({ kind }) => kind === 'ended')
  expect(ended).toMatchObject({ data: { exit_code: 0, signal: null, asked: null, leftovers: false } })
})

test('a directory that contains a run is refused, and nothing in it is changed', async () => {
  const cwd = home()
  const run = join(cwd, 'mine')
  mkdirSync(run)
  writeFileSync(join(run, 'hotcb.metrics.jsonl'), '{"step": 0, "metrics": {"loss": 1}}\n')
  const { code, err } = await startLaunch(cwd, '--config', 'simple', '--run-dir', 'mine').ended
  expect(err).toBe(
    'hotcb: `mine` already contains a run, which is never overwritten: choose a different directory, or continue the run with `--resume mine`\n',
  )
  expect(code).toBe(1)
  expect(linesOf(run, 'metrics')).toHaveLength(1)
  expect(existsSync(join(run, 'hotcb.commands.jsonl'))).toBe(false)
})

// @hotcb/launch tests the refusals of options. These cases test that errors are reported in each part of a command line.
const MISTAKES: readonly (readonly [line: string, said: RegExp])[] = [
  ['simple', /unexpected argument "simple": COMMAND comes after `--`/],
  [
    '--config simple --autopilot ai_sugest --key-metric val_loss',
    /unknown mode `ai_sugest`: did you mean `ai_suggest`\?/,
  ],
  ['--config-file bad.yaml', /bad\.yaml:2:1: no option is called `max_step`: did you mean `max_steps`\?/],
]

test.each(MISTAKES)(
  '`hotcb launch %s` is rejected with a one-line message, and creates no directory',
  async (line, said) => {
    const cwd = home()
    writeFileSync(join(cwd, 'bad.yaml'), 'config: simple\nmax_step: 5\n')
    const { code, out, err } = await startLaunch(cwd, ...line.split(' ')).ended
    expect([code, out, err.trim().split('\n').length]).toEqual([2, '', 1])
    expect(err).toMatch(said)
    expect(existsSync(join(cwd, 'runs'))).toBe(false)
  },
)
