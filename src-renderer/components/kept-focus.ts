import { type RefObject, useEffect, useRef } from 'react'

/**
 * Where a button goes away by what it did, the focus goes to `target` and not to nothing. Looked at whenever `state` is
 * another; whoever has the focus elsewhere, or had none, keeps it so.
 */
export function useKeptFocus(target: RefObject<HTMLElement | null>, state: string): void {
  const last = useRef<Element | null>(null)
  useEffect(() => {
    const see = ({ target: seen }: FocusEvent) => {
      last.current = seen instanceof Element ? seen : null
    }
    document.addEventListener('focusin', see)
    return () => document.removeEventListener('focusin', see)
  }, [])
  const before = useRef(state)
  useEffect(() => {
    if (before.current === state) return
    before.current = state
    const isLost = document.activeElement === document.body || document.activeElement === null
    if (isLost && last.current?.isConnected === false) target.current?.focus()
  }, [target, state])
}
