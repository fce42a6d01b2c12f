import type { Random } from '../../src/digits/random.ts'

/** Commands for stories in which a run is rewound: single ones, scheduled ones, and several at one safe point. */
export interface LoadCommands {
  /** Returns a command for the next safe point or for a step. */
  one(): object[]
  /** Returns changes and loads for one safe point, or for one pause. */
  group(): object[]
}

const TAGS = ['a', 'b', 'c']

/** @param steps The steps of the run within which commands are sent. */
export function createLoadCommands(random: Random, steps: number): LoadCommands {
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item => items[random.below(items.length)] ?? items[0]
  const number = (most: number): number => Number((random.uniform() * most).toPrecision(4))
  const tag = (): string => TAGS[random.below(TAGS.length)] ?? 'a'
  const set = (module: string, params: object): object => ({ module, op: 'set_params', params })
  const core = (op: string, params: object = {}): object => ({ module: 'core', op, params })
  const save = (name = tag()): object => core('checkpoint', { action: 'save', tag: name })
  const load = (name = tag(), more: object = {}): object => core('checkpoint', { action: 'load', tag: name, ...more })
  const gad = (op: string): object => ({ module: 'gad', op, id: 'g', params: { gain: 1 + random.below(9) } })
  const rate = (): object =>
    pick<() => object>([
      () => set('opt', { lr: 0.005 + number(0.1) }),
      () => set('opt', { lr: 0.005 + number(0.1), group: pick(['body', 'head']) }),
      () => set('opt', { momentum: number(0.9), weight_decay: number(0.01) }),
      () => set('opt', { scheduler_drop: 0.2 + number(1) }),
    ])()
  const weight = (): object =>
    pick<() => object>([
      () => set('loss', { pull: number(2) }),
      () => set('loss', { twist_w: number(2), pull: number(2) }),
      () => set('loss', { 'terms.twist': random.below(2) === 0 }),
      () => set('loss', { 'ramps.twist': { type: 'linear', steps: 1 + random.below(60), end: number(1) } }),
    ])()
  const change = (): object =>
    pick<() => object>([
      rate,
      weight,
      rate,
      () => gad('load'),
      () => gad('set_params'),
      () => core('revert', random.below(2) === 0 ? {} : { seq: 1 + random.below(60), force: random.below(2) === 0 }),
      () => ({ module: 'opt', op: pick(['disable', 'enable']), params: { key: pick(['lr', 'momentum']) } }),
    ])()
  const at = (line: object, step: number): object => ({ ...line, at: { step } })

  return {
    one() {
      const line = random.below(6) === 0 ? pick([save, load])() : change()
      if (random.below(3) > 0) return [line]
      const event = random.below(3) === 0 ? { event: pick(['val_end', 'never']) } : {}
      return [{ ...line, at: { step: random.below(steps), ...event } }]
    },
    group() {
      const step = 5 + random.below(steps - 10)
      const name = tag()
      const inPause = [core('pause'), change(), load(name), change(), save(), change(), core('resume')]
      const together = pick<() => object[]>([
        () => [change(), load(name), change(), change()],
        () => [load(name), change(), load(name), change()],
        () => [load(name, { set: { opt: { lr: 0.01 + number(0.1) }, loss: { pull: number(2) } } }), change()],
        () => [load(name), change(), save(), change()],
        () => [save(name), change(), load(name), change()],
        () => [load(), change(), load(), save(), change()],
      ])()
      return random.below(5) === 0 ? inPause : together.map((line) => at(line, step))
    },
  }
}
