import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'

const home = mkdtempSync(join(tmpdir(), 'sweep-crash-'))
const program = join(home, 'program.mjs')

beforeAll(() => {
  buildSync({
    entryPoints: [fileURLToPath(new URL('crash-program.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@hotcb/source'],
  })
})

afterAll(() => removeDirectory(home))

/** Three trials, each of which records that it ran. */
function workspace({ more = '', launcher = '' } = {}): string {
  const root = mkdtempSync(join(home, 'sweep-'))
  onTestFinished(() => removeDirectory(root))
  const parameters = 'parameters:\n  x: {type: discrete, values: [1, 2, 3]}\n'
  writeFileSync(
    join(root, 'hyperherd.yaml'),
    `name: t\ngrid: all\nlauncher: ./l.sh\nlocal: {max_concurrent: 2}\n${more}${parameters}`,
  )
  writeFileSync(join(root, 'l.sh'), `#!/bin/bash\necho "$HYPERHERD_TRIAL_ID-$HYPERHERD_ATTEMPT" >> ran\n${launcher}\n`)
  chmodSync(join(root, 'l.sh'), 0o755)
  return root
}

function run(root: string, crashAt = ''): NodeJS.Signals | number | null {
  const { status, signal, stderr } = spawnSync(process.execPath, [program, root], {
    env: { ...process.env, HOTCB_CRASH_AT: crashAt },
    encoding: 'utf8',
    timeout: 600_000,
  })
  if (status !== 0 && signal === null) throw new Error(stderr)
  return signal ?? status
}

const POINTS = [
  'claim-placed#3',
  'claim-cleared#2',
  'claim-release#1',
  'planned#1',
  'called#1',
  'signed#1',
  'append#3',
  'appended#2',
  'appended#5',
  'export#1',
  'export-half#1',
  'exported#1',
  'tick-observed#2',
  'intent#1',
  'submitted#1',
  'sent#1',
]

test.each(POINTS)(
  'killed at %s, the next process continues: every trial runs once, and the views are correct',
  (point) => {
    const root = workspace()
    expect(run(root, point)).toBe('SIGKILL')
    expect(run(root)).toBe(0)
    const ran = readFileSync(join(root, 'ran'), 'utf8').trim().split('\n').sort()
    expect(ran).toEqual(['0-1', '1-1', '2-1'])
    const manifest: readonly { readonly status: string }[] = JSON.parse(
      readFileSync(join(root, '.hyperherd/manifest.json'), 'utf8'),
    )
    expect(manifest.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed'])
    expect(existsSync(join(root, '.hyperherd/driver.json'))).toBe(false)
  },
)

const STAGES = 'stages:\n  first:\n  second: {after: first, take: each}\n  third: {after: second}\n'

test.each(['proposed#1', 'proposed#2', 'tick-observed#4', 'tick-recovered#3', 'sent#4'])(
  'killed at %s, the next process continues the stages: each parent gets its child once',
  (point) => {
    const root = workspace({ more: STAGES })
    expect(run(root, point)).toBe('SIGKILL')
    expect(run(root)).toBe(0)
    const ran = readFileSync(join(root, 'ran'), 'utf8').trim().split('\n')
    expect(ran.sort()).toEqual(Array.from({ length: 9 }, (_, i) => `${i}-1`))
    const parents = journalOf(root).flatMap(({ trials = [] }) => trials.map((one) => Object(one).parent))
    expect(parents.filter((parent) => parent !== undefined).sort()).toEqual([0, 1, 2, 3, 4, 5])
  },
)

test("a stage's plan that was cut off before its decision is completed, and no trial is planned twice", () => {
  const root = workspace({ more: STAGES.replace('{after: first, take: each}', '{after: first}') })
  expect(run(root, 'proposed#1')).toBe('SIGKILL')
  const dir = join(root, '.hyperherd/journal')
  const [name = ''] = readdirSync(dir).filter((one) => readFileSync(join(dir, one), 'utf8').includes('"stage/second'))
  const lines = readFileSync(join(dir, name), 'utf8').split('\n')
  const cut = lines.findIndex((line) => line.includes('"stage/second'))
  writeFileSync(join(dir, name), `${lines.slice(0, cut).join('\n')}\n`)
  expect(run(root)).toBe(0)
  expect(readFileSync(join(root, 'ran'), 'utf8').trim().split('\n')).toHaveLength(9)
})

// Trial 0 is the best one. Trial 1 reports once the driver knows that trial 0 has ended, trial 2 once trial 1 has reported, and both
// then wait until they are asked to stop. The driver must not read trial 1's report without trial 0's: trial 1 would be the best one.
// A lost request would never be repeated, because the grace period is unlimited.
const HALVING =
  'prune_grace_seconds: 0\nsuccessive_halving: {metric: val, direction: min, min_steps: 5, budget: 20, eta: 2, mode: asha}\n'
const REPORTS = `
results=.hyperherd/results
until [ "$HYPERHERD_TRIAL_ID" != 1 ] || [ ! -d "$results" ] || grep -qs '\\[0,1,0,"completed"' .hyperherd/journal/*.jsonl; do sleep 0.02; done
until [ "$HYPERHERD_TRIAL_ID" != 2 ] || [ ! -d "$results" ] || [ -s "$results/1/stream/val.jsonl" ]; do sleep 0.02; done
mkdir -p "$HOTCB_RUN_DIR/stream"
echo "{\\"step\\": 5, \\"value\\": $HYPERHERD_TRIAL_ID, \\"ts\\": 1}" >> "$HOTCB_RUN_DIR/stream/val.jsonl"
until [ "$HYPERHERD_TRIAL_ID" = 0 ] || [ ! -d "$results" ] || [ -e "$HOTCB_RUN_DIR/_signal" ]; do sleep 0.02; done`

test.each(['decide#1', 'decided#1', 'told#1', 'asked#1', 'told#2'])(
  'killed at %s, the next process repeats no decision, and asks the pruned trials to stop',
  (point) => {
    const root = workspace({ more: HALVING, launcher: REPORTS })
    expect(run(root, point)).toBe('SIGKILL')
    expect(run(root)).toBe(0)
    expect(readFileSync(join(root, 'ran'), 'utf8').trim().split('\n').sort()).toEqual(['0-1', '1-1', '2-1'])
    const decided = journalOf(root).filter(({ type }) => type === 'decide')
    expect(decided.map(({ key, verdict }) => `${key} ${verdict}`).sort()).toEqual(
      expect.arrayContaining(['sh/val/5/1 prune', 'sh/val/5/2 prune']),
    )
    expect(new Set(decided.map(({ key }) => key)).size).toBe(decided.length)
    const manifest: readonly { readonly status: string }[] = JSON.parse(
      readFileSync(join(root, '.hyperherd/manifest.json'), 'utf8'),
    )
    expect(manifest.map(({ status }) => status)).toEqual(['completed', 'pruned', 'pruned'])
  },
)

interface Line {
  readonly type: string
  readonly key?: string
  readonly verdict?: string
  readonly trials?: readonly unknown[]
}

function journalOf(root: string): readonly Line[] {
  const dir = join(root, '.hyperherd/journal')
  const text = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'))
  return text
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('an incomplete last line of the journal counts as not written', () => {
  const root = workspace()
  expect(run(root, 'intent#1')).toBe('SIGKILL')
  const journal = join(root, '.hyperherd/journal')
  const [name = ''] = spawnSync('ls', [journal], { encoding: 'utf8' }).stdout.trim().split('\n')
  const text = readFileSync(join(journal, name), 'utf8')
  writeFileSync(join(journal, name), text.slice(0, -20))
  expect(run(root)).toBe(0)
  expect(readFileSync(join(root, 'ran'), 'utf8').trim().split('\n').sort()).toEqual(['0-1', '1-1', '2-1'])
})
