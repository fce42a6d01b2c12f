// The server's cost for a watched run while little happens: with 200 checkpoints, and with none as the floor.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { generateRun } from './generate-run.mjs'
import { serve } from './process.mjs'

const require = createRequire(new URL('../../apps/dashboard/package.json', import.meta.url))
const { WebSocket } = require('ws')

const SECONDS = 10
const CHANNELS = ['state', 'ledger', 'checkpoints', 'metrics']

/** Measures the fraction of a core that a watched run uses, under `root`. */
export async function benchWatched(root) {
  const rows = []
  for (const [work, checkpoints] of [
    ['a watched run with 200 checkpoints', 200],
    ['floor: the same without checkpoints', 0],
  ]) {
    const dir = join(root, `watched-${checkpoints}`)
    generateRun(dir, { lines: 1000, names: 20 })
    for (let i = 0; i < checkpoints; i++) makeCheckpoint(dir, `step-${i}`, i)
    const site = await serve('dir', dir)
    const socket = new WebSocket(`${site.url.replace('http', 'ws')}ws`)
    let bytes = 0
    socket.on('message', (data) => {
      bytes += data.length
    })
    await new Promise((done) => socket.once('open', done))
    for (const channel of CHANNELS)
      socket.send(JSON.stringify({ type: 'subscribe', run: `watched-${checkpoints}`, channel }))
    await new Promise((done) => setTimeout(done, 4000))
    const [cpuBefore, bytesBefore] = [site.cpuSeconds(), bytes]
    await new Promise((done) => setTimeout(done, SECONDS * 1000))
    rows.push({
      work,
      '% of a core': Number((((site.cpuSeconds() - cpuBefore) / SECONDS) * 100).toFixed(1)),
      'bytes sent per second': Math.round((bytes - bytesBefore) / SECONDS),
    })
    socket.terminate()
    await site.stop()
  }
  return rows
}

function makeCheckpoint(dir, tag, step) {
  const folder = join(dir, 'hotcb.checkpoints')
  mkdirSync(join(folder, `.${tag}`), { recursive: true })
  writeFileSync(join(folder, `.${tag}`, 'meta.json'), JSON.stringify({ tag, step, wall_time: 1.7e9 + step, files: [] }))
  renameSync(join(folder, `.${tag}`), join(folder, tag))
}
