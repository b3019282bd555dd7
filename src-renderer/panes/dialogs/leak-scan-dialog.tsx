import { useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { LeakScan } from '../../../src-preload/contract/leak-scan.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { scanOf } from '../../stores/leak-store.ts'
import { formatCount, formatDateTime } from '../../text/format.ts'
import { leakProgress, leakVerdict } from '../../text/leak-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'

interface LeakScanDialogProps {
  profileId: string
  bucket: string
  prefix: string
  onClose: () => void
}

/** Asks for every object of a place as anybody could, and names what should not have come. It goes on when closed. */
export function LeakScanDialog({ profileId, bucket, prefix, onClose }: LeakScanDialogProps) {
  const { stores, commands } = useWindow()
  const place = { profileId, bucket, prefix }
  const scan = useFrom(
    (all) => all.leaks,
    (state) => scanOf(state, place),
  )
  const [error, setError] = useState<AppError | null>(null)
  const [busy, setBusy] = useState(false)
  const { start, stop } = stores.leaks.getState()
  const isRunning = scan !== null && scan.endedAt === null
  const act = async (work: () => Promise<AppError | null>) => {
    setBusy(true)
    setError(await work())
    setBusy(false)
  }
  const canChange = scan !== null && !isRunning && scan.leaks.length > 0
  return (
    <Dialog
      title={`What everybody can read in ${bucket}/${visibleName(prefix)}`}
      description="Every object is asked for without signing, 50 in a second, at the address that would be handed out. Of more than 10,000, as many are chosen at random. Nothing is changed."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          {canChange && stores.view.getState().bucket === bucket ? (
            <Button onClick={() => void commands.makePrivate(scan.leaks.map(({ key }) => key))}>
              Make private
            </Button>
          ) : null}
          {isRunning ? (
            <Button disabled={busy} onClick={() => void act(() => stop(scan.scanId))}>
              Stop
            </Button>
          ) : (
            <Button kind="primary" disabled={busy} onClick={() => void act(() => start(place))}>
              {scan === null ? 'Start scan' : 'Scan again'}
            </Button>
          )}
        </>
      }
    >
      {scan === null ? <p className="muted">There has been no scan since Pail was started.</p> : null}
      {isRunning ? <Running scan={scan} /> : null}
      {scan !== null && !isRunning ? <Ended scan={scan} /> : null}
      <ErrorHere error={error} />
    </Dialog>
  )
}

function Running({ scan }: { scan: LeakScan }) {
  const { text, fraction } = leakProgress(scan)
  return (
    <>
      <ProgressBar label="Scanning" fraction={fraction} />
      <p>{text}</p>
      <Leaks scan={scan} />
    </>
  )
}

function Ended({ scan }: { scan: LeakScan }) {
  const { kind, title, sentences } = leakVerdict(scan)
  return (
    <>
      <Note kind={kind} title={title}>
        {sentences.map((sentence) => (
          <p key={sentence}>{visibleName(sentence)}</p>
        ))}
        {scan.endedAt === null ? null : <p>{formatDateTime(scan.endedAt)}</p>}
      </Note>
      <Leaks scan={scan} />
      {scan.unknowns.length === 0 ? null : (
        <NameList label="What is not known">
          {scan.unknowns.map(({ key, status }) => (
            <li key={key}>
              <VisibleName name={key} /> <span className="muted">{status ?? 'no answer'}</span>
            </li>
          ))}
        </NameList>
      )}
    </>
  )
}

function Leaks({ scan }: { scan: LeakScan }) {
  if (scan.leaks.length === 0) return null
  const shown = scan.leaks.slice(0, 200)
  return (
    <NameList label="What is public">
      {shown.map(({ key }) => (
        <li key={key}>
          <VisibleName name={key} />
        </li>
      ))}
      {scan.counts.public > shown.length ? (
        <li className="muted">and {formatCount(scan.counts.public - shown.length, 'other')}</li>
      ) : null}
    </NameList>
  )
}
