import { expect, test } from 'vitest'
import { findLoggers, logScalar, viewEnv } from '../src/index.ts'

class Calls {
  readonly calls: unknown[][] = []
}
class SummaryWriter extends Calls {
  add_scalar(...values: unknown[]): void {
    this.calls.push(values)
  }
}
class Client extends Calls {
  logMetric(...values: unknown[]): Promise<void> {
    this.calls.push(values)
    return Promise.reject(new Error('the tracking server is away'))
  }
}
class CometExperiment extends Client {}

test('loggers are found where hotcb 2 finds them, and each receives the number and the step', () => {
  const [writer, client, comet] = [new SummaryWriter(), new Client(), new CometExperiment()]
  const envs = [
    { logger: writer, mlflow: [client, 'run-1'], comet_experiment: comet },
    { loggers: [{ writer }, { experiment: client, run_id: 'run-1' }, comet] },
    { trainer: { logger: { experiment: writer }, loggers: [{ client, runId: 'run-1' }, { experiment: comet }] } },
    { callback: { trainer: { loggers: [writer, { experiment: client, run_id: 'run-1' }, comet] } } },
  ]
  for (const [step, fields] of envs.entries()) {
    const view = viewEnv({ step, ...fields }, { log: () => undefined, submit: () => undefined })
    expect(logScalar(view, 'loss', 0.5)).toEqual({ to: ['tensorboard', 'mlflow', 'comet'], problems: [] })
  }
  const steps = [0, 1, 2, 3]
  expect(writer.calls).toEqual(steps.map((step) => ['loss', 0.5, step]))
  expect(client.calls).toEqual(steps.map((step) => ['run-1', 'loss', 0.5, expect.any(Number), step]))
  expect(comet.calls).toEqual(steps.map((step) => ['loss', 0.5, step]))
})

test('no loggers are found in an env without them, and a lookalike is not used', () => {
  const none = { tensorBoard: null, mlflow: null, comet: null }
  const broken = {
    get experiment(): never {
      throw new Error('not logged in')
    },
  }
  for (const fields of [{}, { logger: null, loggers: [] }, { logger: broken }, { run: 7 }, { logger: new Client() }]) {
    expect(findLoggers({ step: 0, ...fields })).toEqual(none)
  }
  expect(logScalar({ step: 0 }, 'loss', 1)).toEqual({ to: [], problems: [] })
})

test('a logger that throws is reported, and the others receive the number', () => {
  const bad = {
    addScalar(): never {
      throw new Error('disk full')
    },
  }
  const comet = new CometExperiment()
  expect(logScalar({ step: 0, logger: bad, comet_experiment: comet }, 'loss', 1, 9)).toEqual({
    to: ['comet'],
    problems: ['tensorboard: disk full'],
  })
  expect(comet.calls).toEqual([['loss', 1, 9]])
})
