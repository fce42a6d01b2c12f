/** Draws the requested items, each at most once per frame. */
export interface FrameQueue<Item> {
  /** Schedules an item to be drawn in the next frame. */
  add(item: Item): void
  /** Removes an item. */
  remove(item: Item): void
  close(): void
}

/**
 * Draws items frame by frame. Each frame draws as many as fit into `budgetMs`, but at least one. The others come first in the next
 * frame. A page with many charts therefore responds as quickly as a page with few.
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
