/** The event that an entry without one has in hotcb 2; here such an entry fires at any event. */
export const DEFAULT_EVENT = 'train_step_end'
