// `pnpm soak:slurm [SEEDS]`: runs the tests on a real SLURM, with 200 calls of `herd run` that are killed at a random moment.
// SEEDS is the number of calls, or a range such as `110-200`.
import { run } from './set-up.mjs'

const [seeds = '200'] = process.argv.slice(2)
run('node', ['scripts/test-slurm.mjs'], { env: { ...process.env, HOTCB_SLURM_SEEDS: seeds } })
