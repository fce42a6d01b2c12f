// `pnpm soak [KILLS] [SEED]`: the kill tests for as long as you like; a thousand kills by default, another seed every time.
import { run } from './set-up.mjs'

const [kills = '1000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
console.log(`${kills} kills, seed ${seed}`)
const tests = ['packages/demos/test/kill.test.ts', 'packages/controls/test/kill.test.ts']
run('npx', ['vitest', 'run', ...tests, '--disable-console-intercept'], {
  env: { ...process.env, HOTCB_KILLS: kills, HOTCB_SEED: seed },
})
