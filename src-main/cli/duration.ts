import { UsageError } from './usage-error.ts'

const secondsPerUnit = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** The longest that may be asked for, in seconds; S3 and the credentials allow less and the answer says what it became. */
const longestSeconds = 604_800 * 52

/** Seconds of `300`, `300s`, `5m`, `1h` or `7d`. Throws a {@link UsageError} for anything else, and for nothing at all. */
export function parseDuration(option: string, text: string): number {
  const match = /^(\d{1,9})([smhd]?)$/.exec(text)
  const unit = (match?.[2] || 's') as keyof typeof secondsPerUnit
  const seconds = match ? Number(match[1]) * secondsPerUnit[unit] : Number.NaN
  if (!(seconds >= 1))
    throw new UsageError(`${option} takes a time such as 300, 5m, 1h or 7d, not “${text}”.`)
  if (seconds > longestSeconds) throw new UsageError(`${option} takes at most ${longestSeconds / 86_400}d.`)
  return seconds
}
