/** Draws the requested items, each at most once per frame. */
export interface FrameQueue<Item> {
  /** Asks for an item to be drawn with the next frame. */
  add(item: Item): void
  /** Takes an item out. */
  remove(item: Item): void
  close(): void
}

/**
 * Draws items frame by frame. Each frame draws as many as fit into `budgetMs`, at least one; the others come first in the next frame.
 * So a page with many charts responds as quickly as one with few.
 */
export function createFrameQueue<Item>(draw: (item: Item) => void, budgetMs: number): FrameQueue<Item> {
  const waiting = new Set<Item>()
  let frame = 0

  function plan(): void {
    if (frame === 0 && waiting.size > 0) frame = requestAnimationFrame(turn)
  }

  function turn(): void {
    frame = 0
    const endMs = performance.now() + budgetMs
    for (const item of waiting) {
      waiting.delete(item)
      draw(item)
      if (performance.now() >= endMs) break
    }
    plan()
  }

  return {
    add(item) {
      waiting.add(item)
      plan()
    },
    remove: (item) => void waiting.delete(item),
    close() {
      waiting.clear()
      cancelAnimationFrame(frame)
    },
  }
}
