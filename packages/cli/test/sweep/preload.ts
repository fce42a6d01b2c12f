import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Gives a real process another host name and another time. Programs that it starts get the same.
const TEXT = `
const os = require('node:os')
const { HOTCB_TEST_HOST: host, HOTCB_TEST_SHIFT: shift } = process.env
if (host) os.hostname = () => host
if (shift) {
  const now = Date.now.bind(Date)
  Date.now = () => now() + Number(shift) * 1000
}
`

/** The machine as a process sees it. */
export interface Machine {
  readonly host?: string
  /** Seconds by which its clock is ahead of the real one; negative if it was set back. */
  readonly shift?: number
}

/** Returns the environment in which a program sees another machine. */
export function machineEnv(dir: string, { host, shift }: Machine): NodeJS.ProcessEnv {
  const path = join(dir, 'machine.cjs')
  writeFileSync(path, TEXT)
  return {
    NODE_OPTIONS: `--require=${path}`,
    ...(host !== undefined && { HOTCB_TEST_HOST: host }),
    ...(shift !== undefined && { HOTCB_TEST_SHIFT: String(shift) }),
  }
}
