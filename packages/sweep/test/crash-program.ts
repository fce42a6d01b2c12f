import { drive, openWorkspace, runSweep } from '../src/node.ts'

// What `herd run --watch` does, as a process that a test can lose at any point.
const workspace = openWorkspace(process.argv[2] ?? '.')
await runSweep(workspace)
await drive(workspace, { everyMs: 10 })
workspace.close()
