// Measures the time from appending a line until a page has it, by rate and number of clients.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { quantile, relay, serve, write } from './process.mjs'

const require = createRequire(new URL('../../apps/dashboard/package.json', import.meta.url))
const { WebSocket } = require('ws')

const CASES = [
  { name: '1,000 lines/s, 1 client', rate: 1000, clients: 1, seconds: 8 },
  { name: '1,000 lines/s, 50 clients', rate: 1000, clients: 50, seconds: 8 },
  { name: '1,000 lines/s, 500 clients', rate: 1000, clients: 500, seconds: 8 },
  { name: '1,000 lines/s, 499 clients and 1 that does not read', rate: 1000, clients: 500, seconds: 8, stuck: 1 },
  { name: '10,000 lines/s, 1 client', rate: 10_000, clients: 1, seconds: 6 },
]

/** Runs all cases under `root`; returns one row for each, next to its floor: a relay that parses nothing. */
export async function benchLive(root) {
  const rows = []
  for (const [i, { name, ...load }] of CASES.entries()) {
    const dir = join(root, `live-${i}`)
    mkdirSync(dir, { recursive: true })
    const path = join(dir, 'hotcb.metrics.jsonl')
    writeFileSync(path, '')
    const ours = await measure(await serve('dir', dir), path, load, readMessage, `live-${i}`)
    writeFileSync(path, '')
    const floor = await measure(await relay(path, POLL_MS), path, load, readValues)
    rows.push({
      work: name,
      'median ms': quantile(ours.delays, 0.5),
      'floor ms': quantile(floor.delays, 0.5),
      'p99 ms': quantile(ours.delays, 0.99),
      'floor p99 ms': quantile(floor.delays, 0.99),
      cores: ours.cores,
      'floor cores': floor.cores,
      'all arrived': ours.last === load.rate * load.seconds - 1,
      'peak MiB': ours.peakMiB,
    })
  }
  return rows
}

/** Writes lines while clients follow them; `read` returns the times of writing and the last step in a message. */
async function measure(site, path, { rate, clients, seconds, stuck = 0 }, read, run) {
  const sockets = await Promise.all(Array.from({ length: clients }, () => connect(site.url, run)))
  for (const socket of sockets.slice(0, stuck)) socket._socket.pause()
  const delays = []
  let last = 0
  // Reading every message of five hundred clients would measure the benchmark: a sample represents all.
  for (const socket of sockets.slice(stuck, stuck + 20)) {
    socket.on('message', (data) => {
      const { times, step } = read(String(data))
      const now = Date.now()
      for (const written of times) delays.push(now - written)
      last = Math.max(last, step)
    })
  }
  const cpuBefore = site.cpuSeconds()
  await write(path, rate, seconds)
  const cores = Number(((site.cpuSeconds() - cpuBefore) / seconds).toFixed(2))
  await new Promise((done) => setTimeout(done, 1000))
  for (const socket of sockets) socket.terminate()
  const peakMiB = site.peakMiB()
  await site.stop()
  return { delays, last, cores, peakMiB }
}

// The dashboard's own default.
const POLL_MS = 20

function readMessage(text) {
  const { data } = JSON.parse(text)
  const { first = [], last = [] } = data?.bursts?.t ?? {}
  return { times: [...(data?.series?.t?.[1] ?? []), ...first, ...last], step: data?.last_step ?? 0 }
}

function readValues(text) {
  return { times: text.split(',').map(Number), step: 0 }
}

function connect(url, run) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${run === undefined ? '' : 'ws'}`)
  return new Promise((done, fail) => {
    socket.once('error', fail)
    socket.once('open', () => {
      if (run !== undefined) socket.send(JSON.stringify({ type: 'subscribe', run, channel: 'metrics' }))
      done(socket)
    })
  })
}
