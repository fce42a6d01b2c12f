// The simplest program that can follow a metric: it checks the file as often as the dashboard does, and sends new values to all
// clients. It parses no line.
import { closeSync, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../apps/dashboard/package.json', import.meta.url))
const { WebSocketServer } = require('ws')

const [path, pollMs] = [process.argv[2], Number(process.argv[3])]
const fd = openSync(path, 'r')
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
const bytes = Buffer.allocUnsafe(1 << 20)
let offset = 0
setInterval(() => {
  const got = readSync(fd, bytes, 0, bytes.length, offset)
  if (got === 0) return
  offset += got
  const values = [...bytes.toString('latin1', 0, got).matchAll(/"t":(\d+)/g)].map(([, value]) => value)
  for (const socket of server.clients) socket.send(values.join())
}, pollMs)
server.on('listening', () => console.log(`http://127.0.0.1:${server.address().port}/`))
process.once('SIGTERM', () => {
  closeSync(fd)
  process.exit(0)
})
