import { ChevronRight, PenLine } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { visibleName } from '../text/visible-name.ts'
import { IconButton } from './button.tsx'
import { Menu } from './menu.tsx'
import './breadcrumb.css'

interface BreadcrumbProps {
  bucket: string
  prefix: string
  onOpen: (prefix: string) => void
  /** A typed path; it may name another bucket as `bucket/prefix`. */
  onType: (path: string) => void
}

/** In a deep place, as many of the last steps are shown; the others are in a menu. */
const shownSteps = 2

/** Where the pane is: every step can be clicked, and the whole can be typed into (also with Ctrl/⌘+Shift+G). */
export function Breadcrumb({ bucket, prefix, onOpen, onType }: BreadcrumbProps) {
  const [typing, setTyping] = useState(false)
  const input = useRef<HTMLInputElement>(null)

  useEffect(() => {
    const ask = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.shiftKey && event.key.toLowerCase() === 'g') {
        event.preventDefault()
        setTyping(true)
      }
    }
    window.addEventListener('keydown', ask)
    return () => window.removeEventListener('keydown', ask)
  }, [])

  useEffect(() => {
    if (!typing) return
    input.current?.focus()
    input.current?.select()
  }, [typing])

  if (typing) {
    return (
      <input
        ref={input}
        className="input breadcrumb-input"
        aria-label="Path"
        defaultValue={`${bucket}/${prefix}`}
        spellCheck={false}
        autoComplete="off"
        onBlur={() => setTyping(false)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            onType(event.currentTarget.value)
            setTyping(false)
          }
          if (event.key === 'Escape') {
            event.stopPropagation()
            setTyping(false)
          }
        }}
      />
    )
  }
  const steps = stepsOf(prefix)
  const hidden = steps.length > shownSteps + 1 ? steps.slice(0, -shownSteps) : []
  const shown = steps.slice(hidden.length)
  return (
    <nav className="breadcrumb" aria-label="Breadcrumb">
      <ol>
        <li>
          <button type="button" className="breadcrumb-step" onClick={() => onOpen('')}>
            {bucket}
          </button>
        </li>
        {hidden.length === 0 ? null : (
          <li>
            <ChevronRight size={13} aria-hidden />
            <Menu
              trigger={
                <button type="button" className="breadcrumb-step" aria-label="More folders">
                  …
                </button>
              }
              entries={hidden.map((step) => ({
                kind: 'item',
                label: visibleName(step.name),
                onSelect: () => onOpen(step.prefix),
              }))}
            />
          </li>
        )}
        {shown.map((step, index) => (
          <li key={step.prefix}>
            <ChevronRight size={13} aria-hidden />
            <button
              type="button"
              className="breadcrumb-step"
              title={visibleName(step.name)}
              onClick={() => onOpen(step.prefix)}
              {...(index === shown.length - 1 ? { 'aria-current': 'location' } : {})}
            >
              <bdi>{visibleName(step.name)}</bdi>
            </button>
          </li>
        ))}
      </ol>
      <IconButton
        icon={PenLine}
        label="Type a path"
        shortcut="Ctrl+Shift+G"
        onClick={() => setTyping(true)}
      />
    </nav>
  )
}

function stepsOf(prefix: string): readonly { readonly name: string; readonly prefix: string }[] {
  const parts = prefix.split('/')
  return parts.slice(0, -1).map((name, index) => ({
    name: name === '' ? '/' : name,
    prefix: `${parts.slice(0, index + 1).join('/')}/`,
  }))
}
