import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Runs a script in a separate process and returns the JSON that it prints. */
export async function runScript(script: URL, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(script), ...args], {
    maxBuffer: 1 << 24,
  })
  return JSON.parse(stdout)
}

/** The 64 bits of a number, in hexadecimal. */
export function bits(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}
