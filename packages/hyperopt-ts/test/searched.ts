import {
  branch,
  choice,
  createStudy,
  float,
  int,
  normal,
  ordered,
  randomSampler,
  type Space,
  type Study,
} from '../src/index.ts'
import type { journalStorage } from '../src/node.ts'

const everyKind = {
  lr: float(1e-5, 1, { log: true }),
  n: int(1, 9, { step: 2 }),
  c: choice(['a', 3, null, true]),
  o: ordered([16, 32]),
  g: normal(0, 2),
  head: branch({ linear: {}, mlp: { width: int(8, 64), act: branch({ relu: {}, leaky: { slope: float(0, 1) } }) } }),
}

/** A space with parameters of all kinds. */
export const space: Space = everyKind

/** A study of 41 trials: failed, pruned, infinite, constrained, with attributes, and one that is still running. */
export function searched(storage?: ReturnType<typeof journalStorage>): Study {
  const study = createStudy({
    space: everyKind,
    sampler: randomSampler(),
    seed: 1,
    ...(storage ? { storage } : {}),
    direction: 'maximize',
  })
  for (let i = 0; i < 40; i++) {
    const trial = study.ask()
    study.report(trial, 1, i === 3 ? Number.NaN : i)
    study.setUserAttr(trial, 'i', i)
    const value = Math.log10(trial.params.lr) + (trial.params.head.kind === 'mlp' ? 1 : 0)
    study.tell(
      trial,
      i === 5 ? 'failed' : i === 6 ? 'pruned' : i === 7 ? Infinity : value,
      i === 8 ? { constraints: [1, -1] } : {},
    )
  }
  study.ask()
  return study as unknown as Study
}
