/* oxlint-disable jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/no-noninteractive-tabindex -- a separator with a value is a control: the window splitter pattern */
import type { KeyboardEvent, PointerEvent } from 'react'
import './resize-handle.css'

interface ResizeHandleProps {
  label: string
  /** In pixels. */
  value: number
  min: number
  max: number
  onValue: (value: number) => void
}

/** The right edge of a column, to be dragged or moved with the arrow keys. */
export function ResizeHandle({ label, value, min, max, onValue }: ResizeHandleProps) {
  const clamp = (width: number) => Math.round(Math.min(max, Math.max(min, width)))
  const start = (event: PointerEvent<HTMLElement>) => {
    event.preventDefault()
    const handle = event.currentTarget
    const column = handle.parentElement
    if (column === null) return
    const left = column.getBoundingClientRect().left
    handle.setPointerCapture(event.pointerId)
    let width = value
    // While dragging, only the element moves; the value is told once at the end.
    const move = (moved: globalThis.PointerEvent) => {
      width = clamp(moved.clientX - left)
      column.style.width = `${width}px`
    }
    const end = () => {
      handle.removeEventListener('pointermove', move)
      handle.removeEventListener('pointerup', end)
      handle.removeEventListener('pointercancel', end)
      if (width !== value) onValue(width)
    }
    handle.addEventListener('pointermove', move)
    handle.addEventListener('pointerup', end)
    handle.addEventListener('pointercancel', end)
  }
  const key = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowLeft' ? -16 : event.key === 'ArrowRight' ? 16 : 0
    if (by === 0) return
    event.preventDefault()
    onValue(clamp(value + by))
  }
  return (
    <hr
      className="resize-handle"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      onPointerDown={start}
      onKeyDown={key}
    />
  )
}
