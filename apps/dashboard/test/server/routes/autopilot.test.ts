import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generateRun } from '../../fixture.ts'
import { refused, type Served, serve } from './served.ts'

const EMPTY = { by: null, decision: null, seq: null, ts: 1, step: 3, source: 'autopilot', n: 1 }

/** A dashboard with one run, `run`, whose autopilot has ended and left some proposals. */
function withProposals(count: number, site: Partial<Served['site']> = {}): Served & { readonly dir: string } {
  const served = serve({ site })
  const dir = join(served.root, 'run')
  generateRun(dir, { lines: 5 })
  const holder = { token: 't', host: 'elsewhere', pid: 1, start: 'x', engine: 'autopilot' }
  const begin = { ...EMPTY, action_id: 'a1-0', kind: 'begin', reason: 'mode suggest', metric: 'loss' }
  const proposed = Array.from({ length: count }, (_, i) => {
    const cid = `ap-a1-${i + 1}`
    const command = { cid, module: 'core', op: 'pause', expires: { ts: 4e9 } }
    const about = { rule_id: 'mine', reason: 'loss is high', command, cid, data: { plan: [], auto: false } }
    return { ...EMPTY, action_id: `a1-${i + 1}`, kind: 'proposed', ...about }
  })
  const lines = [{ ...begin, data: holder }, ...proposed, { ...begin, kind: 'end', reason: null, data: { token: 't' } }]
  writeFileSync(join(dir, 'hotcb.autopilot.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return { ...served, dir }
}
const put = ({ ask }: Served, path: string, json: object): ReturnType<Served['ask']> =>
  ask(`/api/runs/run/autopilot/${path}`, { method: 'PUT', json })
const configOf = (dir: string): string => readFileSync(join(dir, 'hotcb.autopilot.yaml'), 'utf8')

test('actions are paged from the latest one on', async () => {
  const { ask } = withProposals(3)
  const page = async (query: string): Promise<unknown> => {
    const { body } = await ask(`/api/runs/run/actions${query}`)
    const { actions, more } = body as { readonly actions: readonly { readonly id: string }[]; readonly more: boolean }
    return [actions.map(({ id }) => id), more]
  }
  expect(await page('')).toEqual([['a1-3', 'a1-2', 'a1-1'], false])
  expect(await page('?limit=2')).toEqual([['a1-3', 'a1-2'], true])
  expect(await page('?limit=3')).toEqual([['a1-3', 'a1-2', 'a1-1'], false])
  expect(await page('?limit=1&before=a1-3')).toEqual([['a1-2'], true])
  expect(await page('?limit=2&before=a1-3')).toEqual([['a1-2', 'a1-1'], false])
  expect(await page('?before=a1-1')).toEqual([[], false])
  expect(await ask('/api/runs/run/actions?before=a9-9')).toMatchObject({
    status: 404,
    body: refused('not_found', 'action `a9-9` does not exist'),
  })
})

test('a proposal is rejected with a note, in the name of its author', async () => {
  const served = withProposals(2)
  const answer = { verdict: 'reject', note: 'not now', author: 'bob' }
  const { status, body } = await served.ask('/api/runs/run/proposals/a1-1', { json: answer })
  expect([status, body]).toEqual([200, { id: 'a1-1', verdict: 'reject', cid: expect.any(String) }])
  const commands = readFileSync(join(served.dir, 'hotcb.commands.jsonl'), 'utf8').trim().split('\n')
  expect(commands.map((line) => JSON.parse(line))).toMatchObject([
    { op: 'cancel', params: { cid: 'ap-a1-1' }, author: 'bob', source: 'dashboard', note: 'not now' },
  ])
  const unknown = await served.ask('/api/runs/run/proposals/a9-9', { json: { verdict: 'approve' } })
  expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  const { body: left } = await served.ask('/api/runs/run/proposals')
  expect(left).toMatchObject({ proposals: [{ id: 'a1-2' }], frozen: null })
  expect(Object.keys(left as object)).toEqual(['proposals', 'frozen'])
})

test('the autopilot is shown without its proposals and actions', async () => {
  const { body } = await withProposals(1).ask('/api/runs/run/autopilot')
  for (const name of ['proposals', 'frozen', 'actions', 'more', 'decisions']) expect(body).not.toHaveProperty(name)
  expect(body).toMatchObject({ mode: 'suggest', open: 1 })
})

test('a rule is switched off and on again in the config, and other rules are refused', async () => {
  const served = withProposals(0)
  const rules = (body: unknown): unknown => {
    const { rules: all } = body as { readonly rules: readonly { readonly id: string; readonly enabled: boolean }[] }
    return all.find(({ id }) => id === 'plateau_lr_reduce')?.enabled
  }
  expect(rules((await put(served, 'rules/plateau_lr_reduce', { enabled: false })).body)).toBe(false)
  expect(configOf(served.dir)).toBe('disabled: ["plateau_lr_reduce"]\n')
  expect(rules((await put(served, 'rules/plateau_lr_reduce', { enabled: true })).body)).toBe(true)
  const near = await put(served, 'rules/plateau_lr_reduc', { enabled: true })
  expect(near).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  const { error } = near.body as { readonly error: { readonly message: string } }
  expect(error.message).toMatch(/^no rule `plateau_lr_reduc`: .*plateau_lr_reduce/)
  writeFileSync(join(served.dir, 'hotcb.autopilot.yaml'), 'rules: [own.yaml]\n')
  const own = 'version: 2\nrules:\n  - {id: low, when: "loss < 1", action: {do: notify}, enabled: false}\n'
  writeFileSync(join(served.dir, 'own.yaml'), own)
  const off = await put(served, 'rules/low', { enabled: true })
  expect(off).toMatchObject({ status: 409, body: { error: { code: 'bad_request' } } })
  expect((off.body as { readonly error: { readonly message: string } }).error.message).toMatch(
    /^`low` is disabled where it is defined, and can only be enabled there: \S*own\.yaml:3$/,
  )
})

test('without room for more commands, nothing of an autopilot is changed', async () => {
  const costs: unknown[] = []
  const take = (_: string, cost: number): boolean => costs.push(cost) === 0
  const served = withProposals(1, { commandRate: { take } as unknown as Served['site']['commandRate'] })
  const { ask } = served
  const answers = [
    await put(served, 'mode', { mode: 'auto' }),
    await put(served, 'rules/plateau_lr_reduce', { enabled: false }),
    await put(served, 'rules', { file: 'rules.yaml', text: 'version: 2\nrules: []\n', stamp: null }),
    await ask('/api/runs/run/proposals/a1-1', { json: { verdict: 'approve' } }),
    await ask('/api/runs/run/autopilot/dry-run', { json: {} }),
    await ask('/api/runs/run/autopilot/ai/prompt', { json: {} }),
  ]
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 429))
  expect(costs).toEqual([1, 1, 1, 1, 5, 5])
  expect(() => configOf(served.dir)).toThrow('ENOENT')
})
