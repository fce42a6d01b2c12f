import { drive, openWorkspace, runSweep } from '../src/node.ts'

// `herd run`, `herd drive` and `herd drive --once`, as its own process that a test can kill, or start as another user.
const [root = '.', what = 'run'] = process.argv.slice(2)
const workspace = openWorkspace(root)
const abort = new AbortController()
process.once('SIGTERM', () => abort.abort())
if (what === 'run') await runSweep(workspace)
else if (what === 'drive') {
  if ((await drive(workspace, { everyMs: 500, signal: abort.signal })) === 'interrupted') process.exitCode = 130
} else for (let ticks = 0; ticks < Number(what); ticks++) await drive(workspace, { once: true })
workspace.close()
