// Runs one tick of a monitor in its own process, which tests kill: `monitor.mjs ROOT TRIGGER`.
import { openWorkspace } from '@hotcb/sweep/node'
import { runMonitor } from '../../src/node.ts'

const [, , root = '', once = 'scheduled'] = process.argv
const workspace = openWorkspace(root, undefined, 'monitor')
await runMonitor(workspace, {
  // The test runs the driver.
  port: { env: process.env, startDriver: () => undefined, line: (text) => void process.stdout.write(`${text}\n`) },
  once: once === 'boot' || once === 'user_message' ? once : 'scheduled',
  signal: new AbortController().signal,
})
workspace.close()
