import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A rectangle of the screen, in device-independent pixels. */
export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** What is remembered about the window: cheap to lose, so that a file which cannot be read counts as none. */
export interface WindowState {
  readonly bounds: Bounds | null
  readonly maximized: boolean
  readonly theme: 'system' | 'light' | 'dark'
}

const initialState: WindowState = { bounds: null, maximized: false, theme: 'system' }

function isBounds(value: unknown): value is Bounds {
  if (typeof value !== 'object' || value === null) return false
  const bounds = value as Record<string, unknown>
  return ['x', 'y', 'width', 'height'].every((name) => Number.isSafeInteger(bounds[name]))
}

/** Reads the remembered state; whatever does not fit is left at its beginning value. */
export function readWindowState(file: string): WindowState {
  try {
    const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<keyof WindowState, unknown>> | null
    if (typeof read !== 'object' || read === null) return initialState
    const { bounds, maximized, theme } = read
    return {
      bounds: isBounds(bounds)
        ? { x: bounds.x, y: bounds.y, width: bounds.width, height: bounds.height }
        : null,
      maximized: maximized === true,
      theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    }
  } catch {
    return initialState
  }
}

/** Writes the state; throws what the file system throws. */
export function writeWindowState(file: string, state: WindowState): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(state), { mode: 0o600 })
}

/** The remembered bounds if at least a corner to hold the window by is on a screen; null otherwise. */
export function boundsOnScreen(bounds: Bounds | null, screens: readonly Bounds[]): Bounds | null {
  if (bounds === null || bounds.width < 300 || bounds.height < 200) return null
  const visible = screens.some(
    (screen) =>
      Math.min(bounds.x + bounds.width, screen.x + screen.width) - Math.max(bounds.x, screen.x) >= 100 &&
      bounds.y >= screen.y &&
      bounds.y + 40 <= screen.y + screen.height,
  )
  return visible ? bounds : null
}
