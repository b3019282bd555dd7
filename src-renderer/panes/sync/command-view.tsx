/* oxlint-disable jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reachable by keyboard */
import { useEffect, useRef, useState } from 'react'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import { Button } from '../../components/button.tsx'
import { Note } from '../../components/note.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import type { CommandJob } from '../../stores/command-store.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'

interface CommandViewProps {
  destination: StaticDestination
  job: CommandJob
  onRetry: () => void
}

/** The command that runs before a sync, with everything that it writes. */
export function CommandView({ destination, job, onRetry }: CommandViewProps) {
  const { stores, commands } = useWindow()
  const { run } = job
  const command = destination.runBefore?.command ?? ''
  const running = run?.state === 'running'
  const [wanted, setWanted] = useState(false)
  // What went well makes room for the plan.
  const open = run?.state !== 'done' || wanted
  return (
    <section className="sync-block command-view" aria-label="Command before the sync">
      <div className="row">
        <strong>{titleOf(job)}</strong>
        <code className="grow truncate">{visibleName(command)}</code>
        {running ? (
          <Button onClick={() => void stores.commands.getState().cancel(destination.id).then(commands.fail)}>
            Stop the command
          </Button>
        ) : run?.state === 'done' ? (
          <Button kind="quiet" onClick={() => setWanted(!wanted)}>
            {wanted ? 'Hide output' : 'Show output'}
          </Button>
        ) : (
          <Button kind="quiet" onClick={() => stores.commands.getState().dismiss(destination.id)}>
            Hide
          </Button>
        )}
      </div>
      {running || job.asking ? <ProgressBar label="The command is running" fraction={null} /> : null}
      {job.error === null ? null : <ErrorHere error={job.error} onRetry={onRetry} />}
      {run === null || run.message === null ? null : (
        <Note
          kind={run.state === 'failed' ? 'danger' : 'warning'}
          title="Nothing was published"
          actions={<Button onClick={onRetry}>Run it again</Button>}
        >
          {run.message}
        </Note>
      )}
      {run === null || run.text === '' || !open ? null : <Output text={run.text} />}
    </section>
  )
}

function titleOf({ asking, run }: CommandJob): string {
  if (asking) return 'Waiting for your answer'
  switch (run?.state) {
    case 'running':
      return 'Running'
    case 'done':
      return 'Done'
    case 'cancelled':
      return 'Stopped'
    case 'failed':
      return run.exitCode === null ? 'Failed' : `Failed with exit code ${run.exitCode}`
    default:
      return 'Command'
  }
}

/** The output, which stays at its end unless the person has scrolled up. */
function Output({ text }: { text: string }) {
  const element = useRef<HTMLPreElement>(null)
  const follows = useRef(true)
  useEffect(() => {
    const pre = element.current
    if (pre !== null && follows.current) pre.scrollTop = pre.scrollHeight
  })
  return (
    <pre
      ref={element}
      className="command-output selectable"
      tabIndex={0}
      aria-label="Output of the command"
      onScroll={(event) => {
        const pre = event.currentTarget
        follows.current = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 24
      }}
    >
      {text}
    </pre>
  )
}
