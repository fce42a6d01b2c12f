import { join } from 'node:path'
import { NO_CAPS } from '../src/index.ts'
import { openSpending } from '../src/node.ts'

// Reserves repeatedly, and reports the result of each: `spender-program DIR NANO CAP TIMES`.
const [dir = '', nano, cap, times] = process.argv.slice(2)
const spending = openSpending({ path: join(dir, 'ai-spending.jsonl'), run: 'r1' })
for (let i = 0; i < Number(times); i++) {
  const got = spending.reserve(
    { nano: Number(nano), tokens: 1, calls: 1, actions: 0 },
    { ...NO_CAPS, nano: Number(cap) },
  )
  process.stdout.write(`${got.kind}\n`)
}
