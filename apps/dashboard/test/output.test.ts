import { appendFileSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { OutputAnswer } from '../src/shared/output.ts'
import type { RunDetail } from '../src/shared/wire.ts'
import { ask, dashboard, emptyRun, temporaryRoot } from './fixture.ts'

type Site = Awaited<ReturnType<typeof dashboard>>

async function outputOf(site: Site, run: string, stamp = ''): Promise<OutputAnswer['output']> {
  const { status, body } = await ask(site, `api/runs/${run}/output?stamp=${encodeURIComponent(stamp)}`)
  expect(status).toBe(200)
  return (body as OutputAnswer).output
}

async function hasOutput(site: Site, run: string): Promise<boolean> {
  return ((await ask(site, `api/runs/${run}`)).body as RunDetail).has_output
}

function runIn(root: string, name: string): string {
  const dir = emptyRun(root, name)
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), '')
  return join(dir, 'hotcb.out')
}

test('output is sent once, again when it changes, and from the start when the file was shortened', async () => {
  const root = temporaryRoot()
  const out = runIn(root, 'run')
  const site = await dashboard({ roots: [root] })
  expect([await hasOutput(site, 'run'), await outputOf(site, 'run')]).toEqual([false, null])
  writeFileSync(out, 'step 1\nstep 2, not ended')
  const first = await outputOf(site, 'run')
  expect([await hasOutput(site, 'run'), first]).toMatchObject([
    true,
    { size: 24, skipped: 0, text: 'step 1\nstep 2, not ended' },
  ])
  expect(await outputOf(site, 'run', first?.stamp)).toEqual({ ...first, text: null })
  appendFileSync(out, ' yet\n')
  expect(await outputOf(site, 'run', first?.stamp)).toMatchObject({ text: 'step 1\nstep 2, not ended yet\n' })
  truncateSync(out)
  expect(await outputOf(site, 'run', first?.stamp)).toMatchObject({ size: 0, text: '' })
})

test('of long output, the last 64 KiB are sent, beginning with a complete line if there is one', async () => {
  const root = temporaryRoot()
  writeFileSync(runIn(root, 'lines'), 'a line of 20 letters\n'.repeat(10_000))
  writeFileSync(runIn(root, 'endless'), Buffer.alloc(1_000_000))
  const site = await dashboard({ roots: [root] })
  const lines = await outputOf(site, 'lines')
  expect(lines?.text).toMatch(/^(a line of 20 letters\n)+$/)
  expect([lines?.size, (lines?.skipped ?? 0) + (lines?.text?.length ?? 0)]).toEqual([210_000, 210_000])
  expect(lines?.text?.length).toBeGreaterThan(65_500)
  expect(await outputOf(site, 'endless')).toMatchObject({ skipped: 1_000_000 - 65_536, text: '\0'.repeat(65_536) })
})

test('binary output is shown, and a directory or a link that leads out of the run is refused in one line', async () => {
  const top = temporaryRoot()
  const root = join(top, 'runs')
  writeFileSync(join(top, 'secret'), 'secret')
  writeFileSync(runIn(root, 'binary'), Buffer.from([0x1b, 0x5b, 0x41, 0xff, 0xc3]))
  symlinkSync(join(top, 'secret'), runIn(root, 'link'))
  mkdirSync(runIn(root, 'folder'))
  const site = await dashboard({ roots: [root] })
  expect(await outputOf(site, 'binary')).toMatchObject({ text: '\u001b[A\ufffd\ufffd' })
  const refused = await Promise.all(['link', 'folder', 'none'].map((run) => ask(site, `api/runs/${run}/output`)))
  expect(refused.map(({ status }) => status)).toEqual([403, 503, 404])
  expect(JSON.stringify(refused.map(({ body }) => body))).not.toMatch(/"secret"|at .*\.ts:/)
  expect(await hasOutput(site, 'link')).toBe(true)
})
