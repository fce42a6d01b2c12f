// `pnpm bench:dashboard [live] [long] [many]`: what docs/benchmarks.md says of the dashboard.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchLive } from './live.mjs'
import { benchLong } from './long.mjs'
import { benchMany } from './many.mjs'

const PARTS = { live: benchLive, long: benchLong, many: benchMany }
const wanted = process.argv.slice(2)
const root = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
process.env.XDG_CACHE_HOME = join(root, 'cache')
try {
  for (const [name, bench] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    console.log(name)
    console.table(await bench(root))
  }
} finally {
  rmSync(root, { recursive: true, force: true })
}
