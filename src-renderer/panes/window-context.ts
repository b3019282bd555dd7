import { createContext, useContext } from 'react'
import type { StoreApi } from 'zustand/vanilla'
import { useStore } from 'zustand'
import type { Stores } from '../stores/create-stores.ts'
import type { Commands } from './commands.ts'

/** What every pane can reach: the stores and the commands on them. */
export interface WindowContextValue {
  readonly stores: Stores
  readonly commands: Commands
}

/** Provided once, around the whole window. */
export const WindowContext = createContext<WindowContextValue | null>(null)

/** The stores and commands of this window. */
export function useWindow(): WindowContextValue {
  const value = useContext(WindowContext)
  if (value === null) throw new Error('A pane was rendered outside of the window')
  return value
}

/** A part of one store, kept up to date. */
export function useFrom<State, Part>(
  pick: (stores: Stores) => StoreApi<State>,
  select: (state: State) => Part,
): Part {
  return useStore(pick(useWindow().stores), select)
}
