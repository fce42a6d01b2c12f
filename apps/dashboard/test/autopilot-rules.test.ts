import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RuleFile } from '../src/shared/autopilot.ts'
import { ask, dashboard, generateRun, temporaryRoot } from './fixture.ts'

const RULES = `version: 2
rules:
  - {id: low, when: "val_loss < 1", action: {do: notify}, cooldown: 1000}
`

const PATH = 'api/runs/run/autopilot/rules'

async function setUp(lines = 5) {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  generateRun(dir, { lines, changes: false })
  const site = await dashboard({ roots: [root] })
  const files = async (): Promise<readonly RuleFile[]> => {
    const { body } = await ask(site, PATH)
    return (body as { files: readonly RuleFile[] }).files
  }
  const put = (json: object): ReturnType<typeof ask> => ask(site, PATH, { method: 'PUT', json })
  return { root, dir, site, files, put }
}

test('the built-in rules are offered as a file for a run without one; saving creates it and names it in the config', async () => {
  const { dir, files, put } = await setUp()
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), '# mine\nmode: suggest\n')
  const [offered] = await files()
  expect(offered).toMatchObject({ file: 'rules.yaml', stamp: null, problems: [] })
  expect(offered?.text).toContain('id: val_plateau_lr_reduce')
  expect((await put({ file: 'rules.yaml', text: RULES, stamp: null })).status).toBe(200)
  expect(readFileSync(join(dir, 'rules.yaml'), 'utf8')).toBe(RULES)
  expect(readFileSync(join(dir, 'hotcb.autopilot.yaml'), 'utf8')).toBe('# mine\nmode: suggest\nrules: ["rules.yaml"]\n')
  expect(await files()).toMatchObject([{ file: 'rules.yaml', text: RULES, stamp: expect.any(String), problems: [] }])
})

test('a text with mistakes is refused with the place of each, and nothing is written', async () => {
  const { dir, put } = await setUp()
  const text = RULES.replace('cooldown', 'coldown').replace('notify', 'notfy')
  const { status, body } = await put({ file: 'rules.yaml', text, stamp: null })
  expect([status, body]).toMatchObject([
    400,
    {
      error: {
        message: expect.stringMatching(/^rules\.yaml:3:\d+: unknown field `coldown`/),
        issues: [
          { path: expect.stringMatching(/^3:\d+$/), message: expect.stringContaining('coldown') },
          { path: expect.stringMatching(/^3:\d+$/), message: expect.stringContaining('notfy') },
        ],
      },
    },
  ])
  expect([existsSync(join(dir, 'rules.yaml')), existsSync(join(dir, 'hotcb.autopilot.yaml'))]).toEqual([false, false])
})

test('a file that has changed since it was read is not overwritten, and a file that the config does not name is not written', async () => {
  const { dir, files, put } = await setUp()
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'rules: [mine.yaml]\n')
  writeFileSync(join(dir, 'mine.yaml'), RULES)
  const [{ stamp } = { stamp: '' }] = await files()
  writeFileSync(join(dir, 'mine.yaml'), `# by hand\n${RULES}`)
  const late = await put({ file: 'mine.yaml', text: RULES, stamp })
  expect([late.status, late.body]).toMatchObject([
    409,
    { error: { code: 'changed', message: '`mine.yaml` was changed since it was read; read it again' } },
  ])
  expect((await put({ file: 'mine.yaml', text: RULES, stamp: null })).status).toBe(409)
  expect((await put({ file: '../other.yaml', text: RULES, stamp: null })).status).toBe(404)
  expect(readFileSync(join(dir, 'mine.yaml'), 'utf8')).toMatch(/^# by hand/)
})

test('no link can make the server show a rule file from outside the served directories', async () => {
  const { dir, site, put } = await setUp()
  const outside = join(temporaryRoot(), 'elsewhere.yaml')
  writeFileSync(outside, RULES)
  symlinkSync(outside, join(dir, 'rules.yaml'))
  expect((await put({ file: 'rules.yaml', text: RULES, stamp: null })).status).toBe(403)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'rules: [rules.yaml]\n')
  expect((await ask(site, PATH)).status).toBe(403)
  // The panel reports the problem, and shows the rest.
  expect((await ask(site, 'api/runs/run/autopilot')).body).toMatchObject({
    rules: [],
    trouble: expect.stringContaining('rules.yaml'),
  })
  expect(readFileSync(outside, 'utf8')).toBe(RULES)
})

test('a dry run reports where rules would have fired, for those in effect and for an unsaved text', async () => {
  const { dir, site } = await setUp(600)
  const path = 'api/runs/run/autopilot/dry-run'
  const { body } = await ask(site, path, { json: { file: 'rules.yaml', text: RULES } })
  expect(body).toMatchObject({ problems: [], lastStep: 599, isWhole: true })
  expect(body).toMatchObject({ rules: [{ rule: 'low', count: 1, because: 'val_loss < 1 is true' }] })
  expect((await ask(site, path, { json: {} })).body).toMatchObject({
    rules: expect.arrayContaining([{ rule: 'spike_emergency_lr', steps: [], count: 0, because: null }]),
  })
  const wrong = await ask(site, path, { json: { file: 'rules.yaml', text: 'version: 3' } })
  expect(wrong.body).toMatchObject({ problems: [{ line: 1, column: 10 }], rules: [] })
  expect(existsSync(join(dir, 'rules.yaml'))).toBe(false)
})

test('only one dry run runs at a time; further requests are refused with a hint to try again', async () => {
  const { site } = await setUp(30_000)
  const one = (): ReturnType<typeof ask> => ask(site, 'api/runs/run/autopilot/dry-run', { json: {} })
  const answers = await Promise.all([one(), one()])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 429])
})
