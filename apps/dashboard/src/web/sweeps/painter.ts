/** Paints many lines over several frames, so that no frame takes too long, and the page can respond to the pointer in between. */
export interface Painter {
  /** Starts over: `paint` is called with consecutive ranges of `0..count` until all lines are painted. */
  start(count: number, clear: () => void, paint: (from: number, to: number) => void): void
  stop(): void
}

/** The script time per frame. Painting the recorded lines takes about as long again. */
const BUDGET_MS = 3
const FIRST_LINES = 64

export function createPainter(onDone: () => void = () => undefined): Painter {
  let frame = 0
  // How many lines fit into a frame, as measured in earlier frames.
  let lines = FIRST_LINES
  const stop = (): void => {
    cancelAnimationFrame(frame)
    frame = 0
  }
  return {
    stop,
    start(count, clear, paint) {
      stop()
      let at = 0
      const turn = (): void => {
        const startedMs = performance.now()
        if (at === 0) clear()
        const to = Math.min(count, at + lines)
        paint(at, to)
        const took = performance.now() - startedMs
        if (to - at === lines)
          lines = Math.max(FIRST_LINES, Math.round(lines * Math.min(2, BUDGET_MS / Math.max(0.2, took))))
        at = to
        frame = at < count ? requestAnimationFrame(turn) : 0
        if (at >= count) onDone()
      }
      frame = requestAnimationFrame(turn)
    },
  }
}

/** Returns a fixed order in which every prefix is a fair sample of all lines. */
export function mixedOrder(places: Int32Array): Int32Array {
  const mixed = Int32Array.from(places)
  let seed = 0x2545f491
  for (let at = mixed.length - 1; at > 0; at--) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    const other = seed % (at + 1)
    const kept = mixed[at] ?? 0
    mixed[at] = mixed[other] ?? 0
    mixed[other] = kept
  }
  return mixed
}

/** Sets the size of a canvas in device pixels. Its context then uses CSS pixels. */
export function fitCanvas(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const scale = Math.min(2, devicePixelRatio)
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)]
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w
    canvas.height = h
  }
  const ctx = canvas.getContext('2d')
  ctx?.setTransform(scale, 0, 0, scale, 0, 0)
  return ctx
}
