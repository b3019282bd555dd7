import { useEffect } from 'react'
import type { PaneName } from '../stores/view-store.ts'
import { useWindow } from './window-context.ts'

const panes: readonly PaneName[] = ['browse', 'sync', 'media', 'links', 'transfers']

/** The shortcuts that work wherever the focus is; those of a list are the list's own. */
export function useShortcuts(): void {
  const { stores, commands } = useWindow()
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { view, uploads, profiles } = stores
      if (profiles.getState().selectedId === null) return
      const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
      const asking =
        view.getState().dialog !== null ||
        view.getState().syncQuestion !== null ||
        uploads.getState().pending !== null
      if (command && event.key.toLowerCase() === 'k' && !asking) {
        event.preventDefault()
        view.getState().setPaletteOpen(!view.getState().paletteOpen)
        return
      }
      if (asking || view.getState().paletteOpen || event.defaultPrevented) return
      const pane = command && /^[1-5]$/.test(event.key) ? panes[Number(event.key) - 1] : undefined
      if (pane !== undefined) {
        event.preventDefault()
        commands.showPane(pane)
      } else if (command && event.key.toLowerCase() === 'l') {
        event.preventDefault()
        void commands.copyLinks()
      } else if (command && event.key.toLowerCase() === 'i') {
        event.preventDefault()
        commands.toggleInspector()
      } else if (command && event.key === ',') {
        event.preventDefault()
        commands.showPane('settings')
      } else if (
        view.getState().pane === 'browse' &&
        ((event.altKey && event.key === 'ArrowUp') ||
          // In an empty folder there is no list to hear it.
          (event.key === 'Backspace' && event.target === document.body))
      ) {
        event.preventDefault()
        commands.goUp()
      } else if (event.key === 'F5' || (command && event.key.toLowerCase() === 'r')) {
        event.preventDefault()
        void commands.refresh()
      }
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [stores, commands])
}
