import { createContext } from 'preact'
import type { RailMark } from './rail-mark.ts'

/** The marks of the page's rail, for the charts below it. */
export const RailMarks = createContext<readonly RailMark[]>([])
