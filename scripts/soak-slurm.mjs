// `pnpm soak:slurm [SEEDS]`: the tests on a real SLURM, with 200 runs of `herd run` that are killed at a random moment.
// SEEDS is their number, or a range such as `110-200`.
import { run } from './set-up.mjs'

const [seeds = '200'] = process.argv.slice(2)
run('node', ['scripts/test-slurm.mjs'], { env: { ...process.env, HOTCB_SLURM_SEEDS: seeds } })
