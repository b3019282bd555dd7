import { Copy } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import './code-text.css'

interface CodeTextProps {
  /** What the text is, for those who do not see where it stands. */
  label: string
  text: string
  /** What it is for, above it. */
  caption?: ReactNode
  /** Without it there is no button to copy. */
  onCopy?: () => void
}

/** Text that is used elsewhere exactly as it is: scrolled in its place, and copied with one press. */
export function CodeText({ label, text, caption, onCopy }: CodeTextProps) {
  return (
    <div className="code-text">
      {caption === undefined && onCopy === undefined ? null : (
        <div className="code-text-head">
          <span className="muted grow">{caption}</span>
          {onCopy === undefined ? null : (
            <Button icon={Copy} aria-label={`Copy ${label}`} onClick={onCopy}>
              Copy
            </Button>
          )}
        </div>
      )}
      <section
        className="code-text-scroll"
        aria-label={label}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- WCAG 2.1.1: what scrolls is reached by keyboard
        tabIndex={0}
      >
        <pre className="mono selectable">{text}</pre>
      </section>
    </div>
  )
}
