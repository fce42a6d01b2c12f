import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { addToken } from '../src/index.ts'
import { violations } from './axe.ts'
import { afterwards, eventually, openPage, temporaryRoot } from './fixture.ts'

/** Starts `hotcb serve` as its own process, which answers agents. */
async function serve(root: string, tokens: string): Promise<string> {
  const program = fileURLToPath(new URL('../../cli/bin/hotcb.js', import.meta.url))
  const words = ['serve', '--root', root, '--port', '0', '--tokens', tokens]
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  afterwards(() => child.kill('SIGKILL'))
  const [line] = await once(createInterface(child.stdout), 'line')
  return String(line).replace(/\/$/, '')
}

/** Sends the first request of a protocol client. Returns the status. */
async function greet(address: string, token: string): Promise<number> {
  const clientInfo = { name: 'claude-code', version: '2.1' }
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo }
  const answer = await fetch(`${address}/mcp`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  })
  await answer.text()
  return answer.status
}

test('an owner sees the agents of a dashboard and revokes one together with its token; other users have no such button', async () => {
  const root = temporaryRoot()
  const tokens = join(root, 'team.json')
  const owner = addToken(tokens, 'olga', 'owner').token
  const operator = addToken(tokens, 'otto', 'operator').token
  const agent = addToken(tokens, 'claude', 'viewer').token
  const address = await serve(root, tokens)
  const { page, errors } = await openPage({ width: 390, height: 844 })
  await page.goto(`${address}/#token=${owner}`)
  await page.getByRole('button', { name: 'Agents' }).click()
  const dialog = page.getByRole('dialog', { name: 'Agents' })
  await dialog.getByText('No agent has used this dashboard').waitFor()
  await dialog.getByText(`claude mcp add --transport http hotcb ${address}/mcp`).waitFor()
  expect(await violations(page)).toEqual([])

  expect(await greet(address, agent)).toBe(200)
  await dialog.getByText('claude-code 2.1 from 127.0.0.1').waitFor()
  await dialog.getByRole('button', { name: 'Revoke claude' }).click()
  await dialog.getByRole('checkbox').check()
  await page.setViewportSize({ width: 1440, height: 900 })
  expect(await violations(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Revoke claude' }).click()
  await dialog.getByText('revoked', { exact: true }).waitFor()
  // The session is refused immediately, and its token as soon as the server has read the file again.
  expect([401, 403]).toContain(await greet(address, agent))
  await eventually(async () => (await greet(address, agent)) === 401 || undefined)
  expect(errors).toEqual([])

  const other = await openPage()
  await other.page.goto(`${address}/#token=${operator}`)
  await other.page.getByText('otto').waitFor()
  expect(await other.page.getByRole('button', { name: 'Agents' }).count()).toBe(0)
})
