// Hands out the page and the library: node serve.js [port] [directory of hyperopt-ts's built files]
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const [port = '0', library = dirname(fileURLToPath(import.meta.resolve('hyperopt-ts')))] = process.argv.slice(2)
const HERE = dirname(fileURLToPath(import.meta.url))
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' }

const server = createServer((request, response) => {
  const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
  const file = path.startsWith('/hyperopt-ts/')
    ? join(library, path.slice(12))
    : join(HERE, path === '/' ? 'index.html' : path)
  const type = TYPES[extname(file)]
  if (type === undefined || !existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end('not found')
    return
  }
  response.writeHead(200, { 'content-type': type })
  createReadStream(file).pipe(response)
})

server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address()
  console.log(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}/`)
})
