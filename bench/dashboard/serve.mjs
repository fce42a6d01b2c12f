// A dashboard as its own process, so that its time and memory can be measured apart from the benchmark's.
import { startDashboard } from '../../apps/dashboard/dist/index.js'

const [kind, place] = process.argv.slice(2)
const site = await startDashboard({ port: 0, ...(kind === 'dir' ? { dir: place } : { roots: [place] }) })
console.log(site.url)
process.once('SIGTERM', () => site.close().then(() => process.exit(0)))
