import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hotcb, temporaryDirectory } from './hotcb.ts'

function line(step: number, module: string, params: object): string {
  return `${JSON.stringify({ at: { step, event: null }, module, op: 'set_params', id: 'main', params })}\n`
}

const LR = line(40, 'opt', { lr: 0.01 })
const WD = line(40, 'opt', { wd: 0.1 })
const CE = line(80, 'loss', { ce: 2 })

function here(files: Readonly<Record<string, string>>): string {
  const dir = temporaryDirectory()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

test('recipe edit shifts, drops, inserts and reorders entries, and leaves the file unchanged', async () => {
  const dir = here({ 'a.jsonl': LR + WD + CE })
  const edit = async (...words: string[]): Promise<string> => {
    const { code, out, err } = await hotcb(['recipe', 'edit', 'a.jsonl', ...words], { cwd: dir })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    return out
  }
  expect(await edit('--module', 'loss', '--shift', '-70')).toBe(line(10, 'loss', { ce: 2 }) + LR + WD)
  expect(await edit('--to', '40', '--drop')).toBe(CE)
  expect(await edit('--insert', line(60, 'opt', { lr: 1 }))).toBe(LR + WD + line(60, 'opt', { lr: 1 }) + CE)
  expect(await edit('--later', '1')).toBe(WD + LR + CE)
  expect(await edit('--earlier', '2')).toBe(WD + LR + CE)
  expect(await edit('--drop', '--out', './b.jsonl')).toBe('✓ 0 entries: ./b.jsonl\n')
  expect(readFileSync(join(dir, 'a.jsonl'), 'utf8')).toBe(LR + WD + CE)
})

test('an edit that is impossible or unclear is refused in one line, and writes nothing', async () => {
  const dir = here({ 'a.jsonl': LR + CE })
  const refused = async (...words: string[]): Promise<{ readonly code: number | null; readonly err: string }> => {
    const { code, out, err } = await hotcb(['recipe', 'edit', 'a.jsonl', ...words], { cwd: dir })
    expect(out).toBe('')
    return { code, err: err.split('\n')[0] ?? '' }
  }
  expect(await refused('--shift', '-41')).toEqual({
    code: 1,
    err: 'hotcb: a.jsonl: entry 1 is at step 40: it cannot be shifted by -41, below step 0',
  })
  expect(await refused('--later', '2')).toMatchObject({ code: 1, err: expect.stringContaining('no entry of step 80') })
  expect(await refused('--later', '9')).toMatchObject({ code: 1, err: expect.stringContaining('line 9 has no entry') })
  expect((await refused()).err).toContain('one of `--shift`, `--drop`')
  expect((await refused('--drop', '--shift', '3')).code).toBe(2)
  expect((await refused('--insert', '{"at":{"step":1}}')).err).toContain('--insert:1: `module`')
})

test('an overlay created from an edited copy turns the original into the copy', async () => {
  const dir = here({ 'a.jsonl': LR + WD + CE, 'b.jsonl': WD + line(55, 'opt', { lr: 0.02 }) + CE })
  const made = await hotcb(['recipe', 'overlay', 'a.jsonl', 'b.jsonl', '--out', './o.yaml'], { cwd: dir })
  expect(made).toEqual({ code: 0, out: '✓ 2 patches: ./o.yaml\n', err: '' })
  const applied = await hotcb(['recipe', 'apply', 'a.jsonl', '--adjust', 'o.yaml'], { cwd: dir })
  expect(applied).toEqual({ code: 0, out: readFileSync(join(dir, 'b.jsonl'), 'utf8'), err: '' })
  const again = await hotcb(['recipe', 'overlay', 'a.jsonl', 'b.jsonl', '--out', './o.yaml'], { cwd: dir })
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('`./o.yaml` already exists') })
  const json = JSON.parse((await hotcb(['recipe', 'overlay', 'a.jsonl', 'a.jsonl', '--json'], { cwd: dir })).out)
  expect(json).toEqual({ path: null, patches: 0, overlay: 'version: 1\npatches: []\n' })
})
