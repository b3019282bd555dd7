import { useSyncExternalStore } from 'react'
import { formatDateTime, formatExactTime, formatRelative } from '../text/format.ts'

interface TimeTextProps {
  iso: string | null
  /** `3 minutes ago` instead of a date. */
  relative?: boolean
  /** As the end of something: `in 2 hours`, and `ended 2 hours ago` once it has passed. */
  ends?: boolean
}

/** A time, with the exact one on hover. */
export function TimeText({ iso, relative = false, ends = false }: TimeTextProps) {
  const minute = useSyncExternalStore(everyMinute, currentMinute)
  if (iso === null) return <span className="muted">—</span>
  return (
    <time dateTime={iso} title={formatExactTime(iso)}>
      {ends && new Date(iso).getTime() <= minute * 60_000 ? 'ended ' : ''}
      {relative || ends ? formatRelative(iso, minute * 60_000) : formatDateTime(iso)}
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
