import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

// What a real process sees of its machine: another host name, another time. Programs that it starts see the same.
const TEXT = `
const os = require('node:os')
const { HOTCB_TEST_HOST: host, HOTCB_TEST_SHIFT: shift } = process.env
if (host) os.hostname = () => host
if (shift) {
  const now = Date.now.bind(Date)
  Date.now = () => now() + Number(shift) * 1000
}
`

/** How a process sees its machine. */
export interface Machine {
  readonly host?: string
  /** Seconds by which its clock is ahead of the real one; negative where it was set back. */
  readonly shift?: number
}

/** The environment in which a program sees another machine. */
export function machineEnv(dir: string, { host, shift }: Machine): NodeJS.ProcessEnv {
  const path = join(dir, 'machine.cjs')
  writeFileSync(path, TEXT)
  return {
    NODE_OPTIONS: `--require=${path}`,
    ...(host !== undefined && { HOTCB_TEST_HOST: host }),
    ...(shift !== undefined && { HOTCB_TEST_SHIFT: String(shift) }),
  }
}
