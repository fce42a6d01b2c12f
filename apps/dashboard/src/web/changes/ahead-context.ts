import { createContext } from 'preact'
import type { AheadLines } from './ahead.ts'

/** The planned values of the controls of the run, for the charts of the page. */
export const Ahead = createContext<AheadLines>(new Map())
