import type { ReactNode } from 'react'

/** Names that a question is about. It scrolls, so it takes the focus and can be scrolled by keyboard. */
export function NameList({ label, children }: { label: string; children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- WCAG 2.1.1: what scrolls is reached by keyboard
    <ul className="name-list" aria-label={label} tabIndex={0}>
      {children}
    </ul>
  )
}
