// From a line being appended to a page having it: by rate and number of clients.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { quantile, serve, write } from './process.mjs'

const require = createRequire(new URL('../../apps/dashboard/package.json', import.meta.url))
const { WebSocket } = require('ws')

const CASES = [
  { name: '1,000 lines/s, 1 client', rate: 1000, clients: 1, seconds: 8 },
  { name: '1,000 lines/s, 50 clients', rate: 1000, clients: 50, seconds: 8 },
  { name: '1,000 lines/s, 500 clients', rate: 1000, clients: 500, seconds: 8 },
  { name: '1,000 lines/s, 499 clients and 1 that does not read', rate: 1000, clients: 500, seconds: 8, stuck: 1 },
  { name: '10,000 lines/s, 1 client', rate: 10_000, clients: 1, seconds: 6 },
]

/** Runs all cases under `root`; gives one row for each. */
export async function benchLive(root) {
  const rows = []
  for (const [i, { name, rate, clients, seconds, stuck = 0 }] of CASES.entries()) {
    const dir = join(root, `live-${i}`)
    mkdirSync(dir, { recursive: true })
    const path = join(dir, 'hotcb.metrics.jsonl')
    writeFileSync(path, '')
    const site = await serve('dir', dir)
    const sockets = await Promise.all(Array.from({ length: clients }, () => connect(site.url, `live-${i}`)))
    for (const socket of sockets.slice(0, stuck)) socket._socket.pause()
    const delays = []
    let last = 0
    // Reading every message of five hundred clients would measure the benchmark: some stand for all.
    for (const socket of sockets.slice(stuck, stuck + 20)) {
      socket.on('message', (data) => {
        const message = JSON.parse(String(data))
        const times = message.data?.series?.t?.[1] ?? []
        const now = Date.now()
        for (const written of times) delays.push(now - written)
        last = Math.max(last, message.data?.last_step ?? 0)
      })
    }
    const cpuBefore = site.cpuSeconds()
    await write(path, rate, seconds)
    const cpu = (site.cpuSeconds() - cpuBefore) / seconds
    await new Promise((done) => setTimeout(done, 1000))
    rows.push({
      work: name,
      'median ms': quantile(delays, 0.5),
      'p99 ms': quantile(delays, 0.99),
      cores: Number(cpu.toFixed(2)),
      'all arrived': last === rate * seconds - 1,
      'MiB at most': site.peakMiB(),
    })
    for (const socket of sockets) socket.terminate()
    await site.stop()
  }
  return rows
}

function connect(url, run) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}ws`)
  return new Promise((done, fail) => {
    socket.once('error', fail)
    socket.once('open', () => {
      socket.send(JSON.stringify({ type: 'subscribe', run, channel: 'metrics' }))
      done(socket)
    })
  })
}
