const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

// Made once: a formatter takes longer to make than a whole list takes to be formatted.
const sizeFormats = [0, 1].map(
  (digits) => new Intl.NumberFormat(undefined, { maximumFractionDigits: digits }),
) as unknown as readonly [Intl.NumberFormat, Intl.NumberFormat]

/** A size as a file manager shows it, in powers of 1,000: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes === 1) return '1 byte'
  let unit = 0
  let value = bytes
  // 999.5 would round up to "1,000", so the next unit starts there.
  while (value >= (unit === 0 ? 1000 : 999.5) && unit < byteUnits.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1
  return `${sizeFormats[digits].format(value)} ${byteUnits[unit] ?? 'bytes'}`
}

/** A count with its noun: `1 file`, `2,000 files`. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? singular : plural}`
}

/** A date and time in the user's locale, for columns: without seconds. An empty string for null. */
export function formatDateTime(iso: string | null): string {
  const date = parseIso(iso)
  return date === null ? '' : date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}

/** The exact time with seconds and zone, for hovering. */
export function formatExactTime(iso: string | null): string {
  const date = parseIso(iso)
  return date === null ? '' : date.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' })
}

/** Hours and minutes, as in "checked 12:04". */
export function formatClock(iso: string): string {
  const date = parseIso(iso)
  return date === null ? '' : date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
}

const relativeSteps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** `3 minutes ago`, `in 2 hours`; `now` is in milliseconds since the epoch. */
export function formatRelative(iso: string | null, now: number): string {
  const date = parseIso(iso)
  if (date === null) return ''
  const seconds = (date.getTime() - now) / 1000
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
  for (const [unit, size] of relativeSteps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit)
  }
  return 'just now'
}

/** A span in the two largest units: `45 seconds`, `2 minutes`, `1 hour 5 minutes`, `7 days`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return formatCount(whole, 'second')
  const units: readonly (readonly [string, number])[] = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ]
  const index = units.findIndex(([, size]) => whole >= size)
  const [name, size] = units[index] ?? ['minute', 60]
  const main = Math.floor(whole / size)
  const next = units[index + 1]
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next[1])
  return next !== undefined && rest > 0 && main < 10
    ? `${formatCount(main, name)} ${formatCount(rest, next[0])}`
    : formatCount(main, name)
}

/** A short span for the transfer strip: `45 s`, `2 min`, `1 h 5 min`. */
export function formatTimeLeft(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds))
  if (whole < 60) return `${whole} s left`
  if (whole < 3600) return `${Math.ceil(whole / 60)} min left`
  const minutes = Math.floor((whole % 3600) / 60)
  return `${Math.floor(whole / 3600)} h${minutes > 0 ? ` ${minutes} min` : ''} left`
}

function parseIso(iso: string | null): Date | null {
  if (iso === null) return null
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? null : date
}
