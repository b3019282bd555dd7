import { type RefObject, useEffect, useRef } from 'react'

/**
 * Where a button goes away or is switched off by what it did, the focus goes to `target`, or to the button before it that
 * can be pressed, and not to nothing. Looked at whenever `state` is another; whoever has the focus elsewhere, or had none,
 * keeps it so.
 */
export function useKeptFocus(target: RefObject<HTMLButtonElement | null>, state: string): void {
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
    const now = document.activeElement
    const had = last.current
    const isNowhere = now === null || now === document.body || now === had
    if (!isNowhere || had === null || (had.isConnected && !had.matches(':disabled'))) return
    const buttons = target.current?.parentElement?.querySelectorAll<HTMLButtonElement>('button:enabled')
    const next = target.current?.disabled === false ? target.current : [...(buttons ?? [])].at(-1)
    next?.focus()
  }, [target, state])
}
