import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeDirectory } from './remove-directory.ts'

const HOTCB = fileURLToPath(new URL('../apps/cli/bin/hotcb.js', import.meta.url))
const TRAINING = ['--max-steps', '1500', '--seed', '7']
let home: string

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs `hotcb ARGS` in the directory of all runs of this file, in its own process. */
function hotcb(...args: readonly string[]): Promise<Ended> {
  const { NO_COLOR: _, FORCE_COLOR: __, npm_execpath: ___, ...env } = process.env
  const child = spawn(process.execPath, [HOTCB, ...args], { cwd: home, env: { ...env, LC_ALL: 'C.UTF-8' } })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

function read(...path: readonly string[]): string {
  return readFileSync(join(home, ...path), 'utf8')
}

function lines(dir: string, name: string): Record<string, unknown>[] {
  const texts = read(dir, name).split('\n').filter(Boolean)
  // Written by our own trainer, as JSON objects.
  return texts.map((text) => JSON.parse(text) as Record<string, unknown>)
}

// A run that other processes change at any step that it has reached. It is slow enough to be live for the last change even on a
// busy machine.
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'hotcb-replay-'))
  const demo = hotcb('demo', '--dir', 'a', ...TRAINING, '--step-delay', '0.05')
  while (steps('a') < 5) await new Promise((resolve) => setTimeout(resolve, 20))
  const asked: (readonly string[])[] = [
    ['set', 'lr=0.02'],
    ['set', 'lr=0.08', 'momentum=0.5', 'label_smoothing_w=0.1'],
    ['set', 'lr=0.3'],
    ['revert'],
    ['set', 'ramps.activity={"type":"linear","steps":200,"end":0.001}'],
    ['disable', 'momentum'],
    ['set', 'weight_decay=1e-4'],
  ]
  for (const words of asked) expect((await hotcb('--dir', 'a', ...words, '--wait=300')).err).toBe('')
  const { code, err } = await demo
  expect({ code, err }).toEqual({ code: 0, err: '' })
})

afterAll(() => removeDirectory(home))

function steps(dir: string): number {
  try {
    return lines(dir, 'hotcb.metrics.jsonl').length
  } catch {
    // Missing so far, or its last line is incomplete.
    return 0
  }
}

/** Replays the recipe of `a` in a new run. */
async function replay(dir: string, ...freeze: readonly string[]): Promise<Ended> {
  await hotcb('--dir', dir, 'init')
  const frozen = await hotcb('--dir', dir, 'freeze', '--recipe', 'a/hotcb.recipe.jsonl', ...freeze)
  expect(frozen).toMatchObject({ code: 0, err: '' })
  return hotcb('demo', '--dir', dir, ...TRAINING)
}

test('a run steered by hand is reproduced from its recipe bit for bit; a difference of one bit is found', async () => {
  const exported = await hotcb('--dir', 'a', 'recipe', 'export')
  expect(exported).toMatchObject({ code: 0, out: expect.stringMatching(/: a\/hotcb\.recipe\.jsonl\n$/) })
  expect((await hotcb('--dir', 'a', 'recipe', 'validate', '--recipe', 'hotcb.recipe.jsonl')).code).toBe(0)
  expect(await replay('b', '--mode', 'replay', '--policy', 'strict')).toMatchObject({
    code: 0,
    out: expect.stringContaining(
      'It follows a recipe, and refuses all other changes until you type:\n\n  hotcb --dir b unfreeze\n',
    ),
    err: '',
  })

  const verified = await hotcb('replay', '--verify', 'a', 'b')
  const said = /^✓ identical: [\d,]+ values equal bit for bit, and so are the weights, sha256 \w+\n$/
  expect(verified).toEqual({ code: 0, out: expect.stringMatching(said), err: '' })
  expect(read('b', 'hotcb.recipe.effective.jsonl')).toBe(read('a', 'hotcb.recipe.jsonl'))
  expect(JSON.parse((await hotcb('diff', 'a', 'b', '--json')).out)).toMatchObject({
    parameters: [{ name: 'step_delay', a: 0.05, b: 0 }],
    changes: [],
    verification: { verdict: 'identical' },
  })

  const records = lines('b', 'hotcb.metrics.jsonl')
  // The collector's records.
  const record = records[777] as { metrics: Record<string, number> }
  const was = record.metrics['grad_norm'] ?? Number.NaN
  record.metrics['grad_norm'] = nextUp(was)
  writeFileSync(join(home, 'b/hotcb.metrics.jsonl'), records.map((one) => `${JSON.stringify(one)}\n`).join(''))
  const found = await hotcb('replay', '--verify', 'a', 'b')
  expect(found).toMatchObject({ code: 1, out: '' })
  expect(found.err).toMatch(`✗ different: \`grad_norm\` at step 777, ${was} in a, ${nextUp(was)} in b; `)
})

test('with one value changed in an overlay, the first step that differs is the one after the change', async () => {
  await hotcb('--dir', 'a', 'recipe', 'export')
  await hotcb('--dir', 'a', 'recipe', 'patch-template')
  const first = lines('a', 'hotcb.recipe.jsonl').findIndex((entry) =>
    JSON.stringify(entry['params']).includes('weight_decay'),
  )
  const entry = lines('a', 'hotcb.recipe.jsonl')[first] as { at: { step: number } }
  const { step } = entry.at
  const overlay = `patches:\n  - match: { module: opt, has_param: weight_decay }\n    replace_params: { weight_decay: 0.0002 }\n`
  writeFileSync(join(home, 'a/hotcb.adjust.yaml'), overlay)
  const preview = await hotcb('--dir', 'a', 'replay', 'preview', '--adjust', 'hotcb.adjust.yaml')
  expect(preview).toMatchObject({ code: 0, out: expect.stringContaining(`weight_decay=0.0002`) })
  expect(
    await replay('c', '--mode', 'replay_adjusted', '--adjust', 'a/hotcb.adjust.yaml', '--policy', 'strict'),
  ).toMatchObject({ code: 0, err: '' })
  const { code, out } = await hotcb('replay', '--verify', 'a', 'c', '--json')
  const { verdict, first: difference } = JSON.parse(out)
  // A safe point is after its step. The next step is the first to move the weights with the new value, and the step after that is
  // the first whose loss shows it. The test set, however, is evaluated after the last step of an epoch, when the weights have
  // moved.
  const after = String(difference.name).startsWith('val_') ? 1 : 2
  expect({ code, verdict, after: difference.step - step }).toEqual({ code: 1, verdict: 'different', after })
  expect(JSON.parse((await hotcb('diff', 'a', 'c', '--json')).out)).toMatchObject({
    changes: [{ kind: 'changed', fields: [{ path: 'params.weight_decay', before: 1e-4, after: 2e-4 }] }],
  })
})

test('a recipe of another run is refused before the first step, with every mismatch', async () => {
  const entries = [
    '{"at":{"step":3},"module":"opt","op":"set_params","params":{"lr":0.01}}',
    '{"at":{"step":5},"module":"loss","op":"set_params","params":{"distill_w":0.5}}',
    '{"at":{"step":9},"module":"loss","op":"set_params","params":{"depth":1}}',
  ]
  writeFileSync(join(home, 'other.jsonl'), `${entries.join('\n')}\n`)
  for (const policy of ['strict', 'best_effort']) {
    await hotcb('--dir', policy, 'init')
    await hotcb('--dir', policy, 'freeze', '--mode', 'replay', '--recipe', 'other.jsonl', '--policy', policy)
    const { code, out, err } = await hotcb('demo', '--dir', policy, ...TRAINING)
    expect({ code, out, told: err.trimEnd().split('\n').length }).toEqual({ code: 1, out: '', told: 1 })
    expect(err).toMatch(/other\.jsonl:2: .*`distill_w`.*other\.jsonl:3: .*`depth`/)
    expect(steps(policy)).toBe(0)
  }
  const preview = await hotcb('--dir', 'a', 'replay', 'preview', 'other.jsonl')
  expect(preview).toMatchObject({ code: 1, err: '✗ 2 of 3 entries do not match the controls of `a`\n' })
})

/** The next double above a positive one. */
function nextUp(value: number): number {
  const bits = new BigInt64Array(new Float64Array([value]).buffer)
  bits[0] = (bits[0] ?? 0n) + 1n
  return new Float64Array(bits.buffer)[0] ?? Number.NaN
}
