import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { HOTCB, linesOf, pythonLoop, temporaryDirectory } from './peers.ts'

test('our dashboard shows a run under Python’s kernel, and its commands are applied there', async () => {
  const dir = temporaryDirectory()
  const loop = pythonLoop('unpublished', 'loop.py', dir)
  await loop.ask({ steps: 3 })
  const { get, send } = await serve(dir)
  type Row = { readonly id: string; readonly step: number | null }
  const firstRow = async (): Promise<Row | undefined> => ((await get('')).runs as Row[])[0]
  let row = await firstRow()
  // A busy server lists a run before it has read its metrics.
  while (row?.step === null) row = await firstRow()
  expect(row).toMatchObject({ step: 3, kernel: null, problem: null })
  const path = `/${row?.id}`
  expect(await send(path, { module: 'loss', op: 'set_params', params: { aux_w: 0.25 } })).toMatchObject({ status: 200 })
  expect(await loop.ask({ steps: 1 })).toMatchObject({ weights: { aux: 0.25 } })
  expect(await send(path, { module: 'core', op: 'pause' })).toMatchObject({
    status: 409,
    message: 'this run is trained by hotcb 2 in Python, which does not support `pause`: nothing was written',
  })
  expect(linesOf(dir, 'hotcb.commands.jsonl')).toHaveLength(1)
  const line = { step: 4, module: 'loss', decision: 'applied', payload: { aux: 0.25 } }
  expect(await get(`${path}/ledger`)).toMatchObject({ lines: [line] })
  expect(await get(`${path}/controls`)).toMatchObject({
    controls: [{ param_key: 'lr' }, {}, {}, { param_key: 'ce' }, { param_key: 'aux', current: 0.25 }],
  })
})

interface Site {
  get(path: string): Promise<Record<string, unknown>>
  send(path: string, command: object): Promise<{ status: number; message: string | undefined }>
}

/** Our `hotcb serve` for one run; its first line is the address. */
async function serve(dir: string): Promise<Site> {
  const child = spawn(process.execPath, [HOTCB, '--dir', dir, 'serve', '--port', '0'], { cwd: dir })
  onTestFinished(() => void child.kill('SIGKILL'))
  const { value: address } = await createInterface(child.stdout)[Symbol.asyncIterator]().next()
  const url = (path: string): URL => new URL(`api/runs${path}`, address)
  return {
    get: async (path) => (await fetch(url(path))).json() as Promise<Record<string, unknown>>,
    async send(path, command) {
      const body = JSON.stringify({ commands: [command] })
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url(`${path}/commands`), { method: 'POST', headers, body })
      const { error } = (await response.json()) as { error?: { message: string } }
      return { status: response.status, message: error?.message }
    },
  }
}
