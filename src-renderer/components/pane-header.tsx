import { Search } from 'lucide-react'
import type { ReactNode, Ref } from 'react'
import './field.css'
import './pane-header.css'

interface PaneHeaderProps {
  /** The breadcrumb or a title. */
  children: ReactNode
  search?: ReactNode
  /** Secondary buttons. */
  actions?: ReactNode
  /** The pane's one primary action. */
  primary?: ReactNode
}

/** The line on top of a pane: where you are, search, and the one primary action at the right. */
export function PaneHeader({ children, search, actions, primary }: PaneHeaderProps) {
  return (
    <header className="pane-header">
      <div className="pane-header-place">{children}</div>
      {search}
      {actions}
      {primary}
    </header>
  )
}

interface SearchFieldProps {
  label: string
  value: string
  onValue: (value: string) => void
  ref?: Ref<HTMLInputElement>
}

/** A field that filters what is below it; Escape empties it. */
export function SearchField({ label, value, onValue, ref }: SearchFieldProps) {
  return (
    <div className="search">
      <Search size={14} aria-hidden />
      <input
        {...(ref === undefined ? {} : { ref })}
        type="search"
        className="input"
        aria-label={label}
        placeholder={label}
        value={value}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onValue(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && value !== '') {
            event.stopPropagation()
            event.preventDefault()
            onValue('')
          }
        }}
      />
    </div>
  )
}
