import { useEffect } from 'react'
import { useFrom } from './window-context.ts'

/** Puts the chosen theme on the page and follows the system where the person says so. */
export function useTheme(): void {
  const theme = useFrom(
    (all) => all.app,
    (state) => state.info?.preferences.theme ?? 'system',
  )
  useEffect(() => {
    const dark = window.matchMedia('(prefers-color-scheme: dark)')
    const apply = () => {
      document.documentElement.dataset['theme'] =
        theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
    }
    apply()
    dark.addEventListener('change', apply)
    return () => dark.removeEventListener('change', apply)
  }, [theme])
}
