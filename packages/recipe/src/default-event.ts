/** The event of an entry without an event in hotcb 2. In our kernel such an entry is applied at any event. */
export const DEFAULT_EVENT = 'train_step_end'
