// `pnpm soak [KILLS] [SEED]`: the kill tests for as long as you like; a thousand kills by default, another seed every time.
// A fifth as many stories of runs that are taken back to their checkpoints come with them, six kills each,
// and a twentieth as many launches that are interrupted. A fifth as many sweeps lose their program at random points,
// and as many training runs in Python are killed until they have ended.
import { resolve } from 'node:path'
import { run } from './set-up.mjs'

const [kills = '1000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
console.log(`${kills} kills, seed ${seed}`)
const tests = ['kill', 'load-kill'].map((name) => `packages/demos/test/${name}.test.ts`)
const stories = String(Math.ceil(Number(kills) / 5))
const others = [
  'packages/runtimectl/test/kill.test.ts',
  'packages/cli/test/sweep-kills.test.ts',
  'test/launch-interrupts.test.ts',
]
run('npx', ['vitest', 'run', ...tests, ...others, '--disable-console-intercept'], {
  env: { ...process.env, HOTCB_KILLS: kills, HOTCB_SEED: seed, HOTCB_STORIES: stories, HOTCB_SWEEPS: stories },
})
const python = resolve('packages/bridge/python')
run(process.execPath, ['packages/bridge/scripts/bundle-programs.mjs'])
run(process.env.HOTCB_PYTHON ?? 'python3', ['-m', 'unittest', 'tests/test_kill_stories.py', 'tests/test_kill.py'], {
  cwd: python,
  env: { ...process.env, PYTHONPATH: `${python}/src:${python}/tests`, HOTCB_STORIES: stories, HOTCB_SOAK: '1' },
})
