import { expect, test } from 'vitest'
import { importance } from '../src/analysis.ts'
import { branch, createStudy, float, int, parseStudyDocument, randomSampler, tpe } from '../src/index.ts'

const space = { x: float(-5, 10), n: int(1, 9), b: branch({ off: {}, on: { y: float(0, 1) } }) }

test('ten thousand trials are kept, exported, imported and learned from', () => {
  const study = createStudy({ space, sampler: randomSampler(), seed: 1 })
  for (let i = 0; i < 10_000; i++) {
    const trial = study.ask()
    study.tell(trial, (trial.params.x - 2) ** 2 + trial.params.n)
  }
  const document = parseStudyDocument(JSON.parse(JSON.stringify(study)))
  const again = createStudy({ space, sampler: tpe(), seed: 1 })
  again.import(document)
  expect(again.trials.length).toBe(10_000)
  expect(again.best?.number).toBe(study.best?.number)
  for (let i = 0; i < 10; i++) {
    const trial = again.ask()
    expect(trial.params.n).toBeLessThan(4)
    again.tell(trial, 1)
  }
  expect(importance(again)[0]?.share).toBeGreaterThan(0.3)
})
