import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { viewEnv } from '../src/index.ts'

const VOICE = { log: (): void => {}, submit: (): void => {}, runDir: 'runs/a' }

test('a view has the keys of env, and the methods of a callback env', () => {
  const view = viewEnv({ step: 3, metrics: { loss: 0.5 }, log: 'the trainer has its own' }, VOICE)
  expect(Object.keys(view)).toEqual(['step', 'metrics'])
  expect(JSON.stringify(view)).toBe('{"step":3,"metrics":{"loss":0.5}}')
  expect({ ...view.metrics }).toEqual({ loss: 0.5 })
  expect([view.log, view.submit, view.runDir]).toEqual([VOICE.log, VOICE.submit, 'runs/a'])
})

test('a getter of env is evaluated when a callback reads it, and only then', () => {
  let asked = 0
  const env = {
    step: 0,
    get loss() {
      return ++asked
    },
  }
  const view = viewEnv(env, VOICE)
  expect(asked).toBe(0)
  expect([view['loss'], asked]).toEqual([1, 1])
})

test('plain objects and arrays, even frozen ones, are read-only at any depth', () => {
  const env = {
    step: 0,
    a: { b: [{ c: 1 }, { c: 0 }] },
    frozen: Object.freeze({ inner: { x: 1 }, list: Object.freeze([1, 2]) }),
  }
  const view = viewEnv(env, VOICE) as unknown as {
    a: { b: { c: number }[] }
    frozen: { inner: { x: number }; list: number[] }
    step: number
  }
  const edits: readonly (() => void)[] = [
    () => {
      view.step = 1
    },
    () => {
      const [first] = view.a.b
      if (first !== undefined) first.c = 2
    },
    () => view.a.b.push({ c: 3 }),
    () => view.a.b.sort(),
    () => Object.assign(view.a, { d: 1 }),
    () => Object.defineProperty(view.a, 'd', { value: 1 }),
    () => Object.setPrototypeOf(view.a, null),
    () => Reflect.deleteProperty(view.a, 'b'),
    () => {
      view.frozen.inner.x = 2
    },
  ]
  for (const edit of edits) expect(edit).toThrow(TypeError)
  expect(env).toEqual({ step: 0, a: { b: [{ c: 1 }, { c: 0 }] }, frozen: { inner: { x: 1 }, list: [1, 2] } })
  expect([...view.frozen.list, view.frozen.list.length, Array.isArray(view.a.b), 'b' in view.a]).toEqual([
    1,
    2,
    2,
    true,
    true,
  ])
  expect(view.a).toBe(view.a)
  expect(structuredClone({ ...view.frozen.inner })).toEqual({ x: 1 })
})

test('class instances are passed through unchanged', () => {
  class Model {
    #weights = [1]
    read(): number {
      return this.#weights[0] ?? 0
    }
  }
  const model = new Model()
  const view = viewEnv({ step: 0, model, map: new Map([[1, 2]]), data: Float32Array.of(1) }, VOICE)
  expect(view['model']).toBe(model)
  expect((view['model'] as Model).read()).toBe(1)
  expect((view['map'] as Map<number, number>).get(1)).toBe(2)
})

test('a view prints like its original', () => {
  const metrics = { loss: 0.5, layers: [{ name: 'a', norm: [1, 2] }] }
  const view = viewEnv({ step: 3, metrics }, VOICE)
  expect(inspect(view, { depth: 5 })).toBe(inspect({ step: 3, metrics }, { depth: 5 }))
  expect(inspect(view.metrics, { depth: 5 })).toBe(inspect(metrics, { depth: 5 }))
})
