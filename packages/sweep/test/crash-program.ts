import { drive, openWorkspace, runSweep } from '../src/node.ts'

// Does the same as `herd run --watch`, in a process that a test can kill at any point.
const workspace = openWorkspace(process.argv[2] ?? '.')
await runSweep(workspace)
await drive(workspace, { everyMs: 10 })
workspace.close()
