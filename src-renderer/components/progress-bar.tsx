import './progress-bar.css'

interface ProgressBarProps {
  label: string
  /** From 0 to 1; null while it cannot be told. */
  fraction: number | null
}

/** How far something is. */
export function ProgressBar({ label, fraction }: ProgressBarProps) {
  const percent = fraction === null ? undefined : Math.round(Math.min(1, Math.max(0, fraction)) * 100)
  return <progress className="progress" aria-label={label} max={100} value={percent} />
}
