import { ProgressBar } from '../../components/progress-bar.tsx'
import { fractionOf, type SyncJob } from '../../stores/sync-store.ts'
import { formatBytes, formatTimeLeft } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'

/** How far a plan or its application is. */
export function RunningLine({ job }: { job: Pick<SyncJob, 'phase' | 'progress'> }) {
  const { progress } = job
  const applying = job.phase === 'applying'
  return (
    <div className="sync-block sync-running" aria-live="polite">
      <div className="row">
        <strong>{applying ? 'Publishing' : 'Comparing the folder with the bucket'}</strong>
        {progress === null ? null : (
          <span className="muted numeric">
            {progress.filesDone.toLocaleString()}
            {applying ? ` of ${progress.filesTotal.toLocaleString()}` : ''} files
            {applying && progress.bytesTotal > 0
              ? ` · ${formatBytes(progress.bytesDone)} of ${formatBytes(progress.bytesTotal)}`
              : ''}
            {progress.bytesPerSecond > 0 ? ` · ${formatBytes(progress.bytesPerSecond)}/s` : ''}
            {progress.secondsLeft === null ? '' : ` · ${formatTimeLeft(progress.secondsLeft)}`}
          </span>
        )}
      </div>
      <ProgressBar label="Sync progress" fraction={fractionOf(job)} />
      <div className="small truncate">
        <bdi>{progress?.current == null ? ' ' : visibleName(progress.current)}</bdi>
      </div>
    </div>
  )
}
