import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { afterwards, dashboard, generateRun, openPage, temporaryRoot } from './fixture.ts'

const BASE = '/user/ada/proxy/8421/'

/**
 * Starts a proxy that exposes a server below `BASE`; returns its port. It removes the path, like those of Jupyter and VS Code, or keeps it.
 */
async function startProxy(target: () => number, takesAway: boolean): Promise<number> {
  const pathOf = (url = '/'): string => (takesAway ? `/${url.slice(BASE.length)}` : url)
  const proxy = createServer((incoming, outgoing) => {
    if (incoming.url?.startsWith(BASE) !== true) return void outgoing.writeHead(404).end('not below the base path')
    const { method, headers } = incoming
    const passed = request({ port: target(), path: pathOf(incoming.url), method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  proxy.on('upgrade', (incoming, socket) => {
    const server = connect(target(), '127.0.0.1', () => {
      const lines = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${value}\r\n`)
      server.write(`GET ${pathOf(incoming.url)} HTTP/1.1\r\n${lines.join('')}\r\n`)
      server.pipe(socket).pipe(server)
    })
    for (const end of [server, socket]) end.on('error', () => [server, socket].map((one) => one.destroy()))
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  afterwards(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return (proxy.address() as AddressInfo).port
}

test.each([
  ['removes the path', true],
  ['keeps the path', false],
])('behind a proxy that %s, the page loads, follows a run, signs in and survives a reload', async (_, takesAway) => {
  const dir = join(temporaryRoot(), 'run')
  generateRun(dir, { lines: 30, names: ['loss'] })
  let port = 0
  const outer = await startProxy(() => port, takesAway)
  const origin = `http://127.0.0.1:${outer}`
  const site = await dashboard({ dir, token: 'right', basePath: BASE, allowedOrigins: [origin] })
  port = site.port
  const { page, errors } = await openPage()
  await page.goto(`${origin}${BASE}#token=right`)
  await page.click('a[href$="/run/run"]')
  await page.waitForSelector('[data-chart="loss"]')
  expect(new URL(page.url()).pathname).toBe(`${BASE}run/run`)
  await page.reload()
  await page.waitForSelector('[data-chart="loss"]')
  await page.waitForFunction(() => !document.body.textContent?.includes('connect'))
  await page.click('a.brand')
  expect(new URL(page.url()).pathname).toBe(BASE)
  expect(errors).toEqual([])
})
