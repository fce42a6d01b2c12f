import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Vitest knows how long files take only after their first run, which a fresh checkout has not had. A long file that starts late keeps
// one worker busy while the others have nothing left to do.
const LONGEST = [
  'test/guides',
  'packages/monitor/test/kill',
  'test/continue-demo',
  'test/replayed-runs',
  'test/launch-page',
  'packages/sweep/test/crash-points',
  'apps/cli/test/hostile',
  'apps/cli/test/agent-session',
  'packages/cli/test/monitor-chats',
  'test/examples',
  'test/packages',
  'packages/bench/test/train-beside',
  'packages/kernel/test/lost-ledger',
  'test/launch',
].map((path) => `/${path}.test.ts`)

/** Runs the longest test files first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b))
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((path) => moduleId.endsWith(path))
  return rank < 0 ? LONGEST.length : rank
}
