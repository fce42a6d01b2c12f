import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryDirectory } from './surroundings.ts'

/** A server to which a webhook channel sends. */
export interface Receiver {
  readonly url: string
  /** The bodies that arrived. */
  readonly bodies: { readonly rule: string; readonly title: string; readonly text: string; readonly phase: string }[]
  status: number
}

/** Starts a receiver, until the test ends. */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: '', bodies: [], status: 200 }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      receiver.bodies.push(JSON.parse(body))
      response.writeHead(receiver.status)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo // it listens on a port
  return Object.assign(receiver, { url: `http://127.0.0.1:${port}` })
}

/** A run directory with a configuration. */
export function configured(yaml: string, mode = 0o600): string {
  const dir = join(temporaryDirectory(), 'exp-001')
  mkdirSync(dir)
  writeFileSync(join(dir, 'hotcb.yaml'), 'version: 1\n')
  writeFileSync(join(dir, 'hotcb.notify.yaml'), yaml, { mode })
  return dir
}

/** The environment of the commands. */
export const ENV = { HOOK_SECRET: 'signing-secret', XDG_CONFIG_HOME: '/nowhere', XDG_STATE_HOME: '' }

/** A configuration with a webhook and the terminal. */
export function yamlFor({ url }: Receiver, rules = '  - {on: paused}\n'): string {
  return `channels:\n  hook: {kind: webhook, url: "${url}/", secret: env:HOOK_SECRET}\n  here: {kind: terminal}\nrules:\n${rules}`
}
