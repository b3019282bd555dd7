import { useSyncExternalStore } from 'react'
import { formatDateTime, formatExactTime, formatRelative } from '../text/format.ts'

interface TimeTextProps {
  iso: string | null
  /** `3 minutes ago` instead of a date. */
  relative?: boolean
  /** Nothing but a remark once the time has passed. */
  ended?: boolean
}

/** A time, with the exact one on hover. */
export function TimeText({ iso, relative = false, ended = false }: TimeTextProps) {
  const minute = useSyncExternalStore(everyMinute, currentMinute)
  if (iso === null) return <span className="muted">—</span>
  if (ended) return new Date(iso).getTime() <= minute * 60_000 ? <span className="small">ended</span> : null
  return (
    <time dateTime={iso} title={formatExactTime(iso)}>
      {relative ? formatRelative(iso, minute * 60_000) : formatDateTime(iso)}
    </time>
  )
}

function everyMinute(changed: () => void): () => void {
  const timer = setInterval(changed, 30_000)
  return () => clearInterval(timer)
}

function currentMinute(): number {
  return Math.floor(Date.now() / 60_000)
}
